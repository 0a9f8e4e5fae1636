import compat from './node_datachannel.cjs';

export const {PeerConnection, DataChannel, initLogger, preload, cleanup, setSctpSettings, getLibraryVersion} = compat;
export default compat;
