using System.Collections;
using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Transport.Blobs;

/// <summary>A body on its way: a file of its full length with holes, and beside it a map with one byte per chunk (1: held).</summary>
/// <remarks>
/// The map is written after the bytes and neither is flushed: after a power cut the map may promise what the file lacks.
/// That costs nothing but the transfer, for a body is taken over only if its whole hash is right.
/// </remarks>
internal sealed class BlobPart
{
    private readonly string file;
    private readonly string map;
    private readonly BitArray held;

    private BlobPart(BlobClaim claim, string file, BitArray held)
    {
        Claim = claim;
        this.file = file;
        map = file + ".map";
        this.held = held;
        MissingCount = held.Count - held.Cast<bool>().Count(bit => bit);
    }

    public BlobClaim Claim { get; }

    public string File => file;

    public int MissingCount { get; private set; }

    public Lock Gate { get; } = new();

    /// <summary>Goes on with what lies on disk for this claim, or begins anew.</summary>
    public static BlobPart Open(BlobClaim claim, string file)
    {
        int chunks = (int)BlobClaims.Chunks(claim);
        var held = new BitArray(chunks);
        if (System.IO.File.Exists(file) && new FileInfo(file).Length == claim.Size && System.IO.File.Exists(file + ".map"))
        {
            byte[] bytes = System.IO.File.ReadAllBytes(file + ".map");
            for (int i = 0; i < Math.Min(chunks, bytes.Length); i++)
            {
                held[i] = bytes[i] == 1;
            }
        }

        return new BlobPart(claim, file, held);
    }

    public bool Holds(int index) => held[index];

    /// <summary>The first missing chunks, ascending.</summary>
    public IReadOnlyList<int> Missing(int atMost)
    {
        var missing = new List<int>(Math.Min(atMost, MissingCount));
        for (int i = 0; i < held.Count && missing.Count < atMost; i++)
        {
            if (!held[i])
            {
                missing.Add(i);
            }
        }

        return missing;
    }

    public void Write(int index, ReadOnlySpan<byte> content)
    {
        using (var handle = System.IO.File.OpenHandle(file, FileMode.OpenOrCreate, FileAccess.ReadWrite))
        {
            if (RandomAccess.GetLength(handle) != Claim.Size)
            {
                RandomAccess.SetLength(handle, Claim.Size);
            }

            RandomAccess.Write(handle, content, (long)index * Claim.ChunkSize);
        }

        using (var handle = System.IO.File.OpenHandle(map, FileMode.OpenOrCreate, FileAccess.Write))
        {
            RandomAccess.Write(handle, [1], index);
        }

        held[index] = true;
        MissingCount--;
    }

    public void Delete()
    {
        System.IO.File.Delete(map);
        System.IO.File.Delete(file);
    }

    /// <summary>Leaves the body's file where it is now and removes the map.</summary>
    public void ForgetMap() => System.IO.File.Delete(map);
}
