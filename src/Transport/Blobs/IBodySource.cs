using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Transport.Blobs;

/// <summary>Bodies that an exchange hands out beside those of its store. Used by several threads.</summary>
public interface IBodySource
{
    /// <summary>One chunk of a body, ready to send; null if the body is not here or has no such chunk.</summary>
    /// <param name="chunkSize">Bytes of every chunk but the last; 0: as the body's claim says.</param>
    BlobChunk? ReadChunk(string sha256, int index, string agentId, int chunkSize);
}
