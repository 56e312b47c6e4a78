export declare function processIdentity(pid: number): string | undefined;
export declare function isSameProcess(pid: number, identity: string | undefined): boolean;
export declare function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean;
