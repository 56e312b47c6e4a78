/** Held until released; processes named as its children are ended when the holder is killed and the lock taken over. */
export interface Lock {
  addChild(pid: number): void;
  removeChild(pid: number): void;
  release(): void;
}

export declare function tryTakeLock(
  path: string,
): { lock: Lock; holder?: undefined } | { lock?: undefined; holder: number };
export declare function takeLock(path: string, onWait?: (holderPid: number) => void): Promise<Lock>;
