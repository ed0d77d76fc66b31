using System.Collections;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Storage;

namespace EdgeFlora.Transport.Blobs;

/// <summary>A body on its way: a file of its full length with holes, and beside it a map with one byte per block (1: held).</summary>
/// <remarks>
/// <para>Blocks are small and chunks are whole blocks, so that chunks may become smaller or larger on the way and nothing that came is lost.</para>
/// <para>The map is written after the bytes and neither is flushed: after a power cut the map may promise what the file lacks.
/// That costs nothing but the transfer, for a body is taken over only if its whole hash is right.</para>
/// </remarks>
internal sealed class BlobPart
{
    private const string MapEnding = ".map";

    private readonly long size;
    private readonly int blockSize;
    private readonly string map;
    private readonly BitArray held;
    private int missingBlocks;

    private BlobPart(long size, int blockSize, string file, BitArray held)
    {
        this.size = size;
        this.blockSize = blockSize;
        File = file;
        map = MapOf(file);
        this.held = held;
        missingBlocks = held.Count - held.Cast<bool>().Count(bit => bit);
    }

    public string File { get; }

    /// <summary>Whether all of it has come. Whether it is right is found out when it is taken over.</summary>
    public bool IsFull => missingBlocks == 0;

    /// <summary>When it was last asked about, as a running number of its store.</summary>
    public long Used { get; set; }

    public Lock Gate { get; } = new();

    /// <summary>Bytes of a block for chunks of this size: chunks of odd sizes are blocks themselves.</summary>
    public static int BlockSize(int chunkSize) => chunkSize % ChunkPace.Least == 0 ? ChunkPace.Least : chunkSize;

    /// <summary>Whether something of a part lies on the disk.</summary>
    public static bool Exists(string file) => System.IO.File.Exists(MapOf(file));

    /// <summary>Goes on with what lies on disk, or begins anew.</summary>
    public static BlobPart Open(BlobClaim claim, int blockSize, string file)
    {
        int blocks = (int)((claim.Size + blockSize - 1) / blockSize);
        var held = new BitArray(blocks);
        if (Exists(file) && new FileInfo(file) is { Exists: true } body && body.Length == claim.Size)
        {
            byte[] bytes = System.IO.File.ReadAllBytes(MapOf(file));
            for (int i = 0; i < Math.Min(blocks, bytes.Length); i++)
            {
                held[i] = bytes[i] == 1;
            }
        }

        return new BlobPart(claim.Size, blockSize, file, held);
    }

    /// <summary>Whether all of a chunk is here.</summary>
    public bool Holds(int index, int chunkSize)
    {
        (int first, int end) = Blocks(index, chunkSize);
        for (int i = first; i < end; i++)
        {
            if (!held[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The first chunks of this size that are not wholly here, ascending.</summary>
    public IReadOnlyList<int> Missing(int atMost, int chunkSize)
    {
        var missing = new List<int>();
        int chunks = (int)((size + chunkSize - 1) / chunkSize);
        for (int i = 0; i < chunks && missing.Count < atMost; i++)
        {
            if (!Holds(i, chunkSize))
            {
                missing.Add(i);
            }
        }

        return missing;
    }

    /// <exception cref="IOException">The disk failed; the chunk is as missing as before.</exception>
    public void Write(int index, int chunkSize, ReadOnlySpan<byte> content)
    {
        using (FileStream body = PrivateFolder.Open(File, FileMode.OpenOrCreate, FileAccess.ReadWrite))
        {
            if (body.Length != size)
            {
                body.SetLength(size);
            }

            RandomAccess.Write(body.SafeFileHandle, content, (long)index * chunkSize);
        }

        Mark(index, chunkSize, isHeld: true);
    }

    /// <summary>A chunk is wanted again after all.</summary>
    public void Lose(int index, int chunkSize) => Mark(index, chunkSize, isHeld: false);

    public void Delete()
    {
        System.IO.File.Delete(map);
        System.IO.File.Delete(File);
    }

    /// <summary>Leaves the body's file where it is now and removes the map.</summary>
    public void ForgetMap() => System.IO.File.Delete(map);

    /// <summary>The part that a file belongs to: it, or its map.</summary>
    public static string FileOf(string file) => file.EndsWith(MapEnding, StringComparison.Ordinal) ? file[..^MapEnding.Length] : file;

    private static string MapOf(string file) => file + MapEnding;

    private void Mark(int index, int chunkSize, bool isHeld)
    {
        (int first, int end) = Blocks(index, chunkSize);
        if (isHeld)
        {
            WriteMap(first, end, isHeld);
        }

        for (int i = first; i < end; i++)
        {
            missingBlocks += held[i] == isHeld ? 0 : isHeld ? -1 : 1;
            held[i] = isHeld;
        }

        if (!isHeld)
        {
            WriteMap(first, end, isHeld);
        }
    }

    private void WriteMap(int first, int end, bool isHeld)
    {
        byte[] marks = new byte[end - first];
        Array.Fill(marks, isHeld ? (byte)1 : (byte)0);
        using FileStream file = PrivateFolder.Open(map, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file.SafeFileHandle, marks, first);
    }

    private (int First, int End) Blocks(int index, int chunkSize)
    {
        long first = (long)index * chunkSize / blockSize;
        return ((int)first, (int)Math.Min(first + (chunkSize / blockSize), held.Count));
    }
}
