import { testDatabase } from './acceptance.ts';
import { LevelDisk } from './disks.ts';

testDatabase('LevelDB', () => new LevelDisk());
