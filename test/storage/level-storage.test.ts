import { testStorage } from './acceptance.ts';
import { LevelDisk } from './disks.ts';

testStorage('LevelDB', () => new LevelDisk());
