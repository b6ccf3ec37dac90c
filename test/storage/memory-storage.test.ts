import { testDatabase } from './acceptance.ts';
import { MemoryDisk } from './disks.ts';

testDatabase('a database in memory', () => new MemoryDisk());
