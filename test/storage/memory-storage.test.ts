import { testStorage } from './acceptance.ts';
import { MemoryDisk } from './disks.ts';

testStorage('a database in memory', () => new MemoryDisk());
