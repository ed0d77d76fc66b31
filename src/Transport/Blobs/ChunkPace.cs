using System.Numerics;
using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// Fits the size of chunks to a link: one should take about half a second, so that a word is heard often and little is lost when the link breaks.
/// </summary>
internal sealed class ChunkPace
{
    /// <summary>Bytes of the smallest chunk, and of a block (see <see cref="BlobPart"/>): two seconds at 8 kB/s.</summary>
    public const int Least = 16 << 10;

    /// <summary>Bytes of the largest: what control and chunk queues are measured for.</summary>
    public const int Most = WireLimits.ChunkBytes;

    private const int LargestStep = 4;

    private static readonly TimeSpan Aim = TimeSpan.FromSeconds(0.5);

    /// <summary>Bytes a chunk should have now: a power of two from <see cref="Least"/> to <see cref="Most"/>. It begins with the smallest.</summary>
    public int Size { get; private set; } = Least;

    /// <summary>Chunks of <see cref="Size"/> came, and how long they took from when they were asked for.</summary>
    public void Came(long bytes, TimeSpan elapsed)
    {
        double ideal = elapsed <= TimeSpan.Zero ? Most : Math.Min(Most, bytes / elapsed.TotalSeconds * Aim.TotalSeconds);
        int largest = Math.Min(Most, Size * LargestStep);
        Size = Math.Clamp(1 << BitOperations.Log2((uint)Math.Max(1, ideal)), Least, largest);
    }

    /// <summary>Nothing came for long: the link is slower than it was, or was cut.</summary>
    public void Stalled() => Size = Least;
}
