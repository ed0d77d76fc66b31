using System.Runtime.InteropServices;

namespace EdgeFlora.Learning.Portable;

/// <summary>Memory for activations and their gradients: handed out in pieces, taken back all at once, kept from step to step.</summary>
internal sealed class Arena
{
    // Pieces begin on multiples of 16 values: whole cache lines, so that two of them never share one.
    internal const int Grain = 16;

    private const int BlockLength = 1 << 20;

    private readonly List<Memory<float>> blocks = [];
    private readonly List<Memory<float>> returned = [];
    private int block;
    private int used;
    private int reserved;
    private int mostReserved;
    private long grown;

    /// <summary>Bytes held: blocks as they are, and of what was reserved as much as was ever handed out, for no more of it lies in memory.</summary>
    public long Bytes => grown + (sizeof(float) * (long)mostReserved);

    /// <summary>Number of blocks; one where all that was taken fitted into what was reserved.</summary>
    public int Blocks => blocks.Count;

    /// <summary>
    /// Takes one block for all that is expected before the first piece is taken. Pieces of a size that changes from step to step would leave gaps
    /// at the ends of smaller blocks; here there is one end. What is never used takes no room in memory, the system gives it when it is written to.
    /// </summary>
    /// <param name="length">Values; pieces beyond them go to further blocks.</param>
    public void Reserve(long length)
    {
        if (blocks.Count == 0 && length > 0)
        {
            reserved = (int)Math.Min(length, Array.MaxLength - Grain);
            Grow(reserved);
        }
    }

    /// <summary>A piece of unspecified content.</summary>
    public Memory<float> Take(int length)
    {
        for (int i = returned.Count - 1; i >= 0; i--)
        {
            if (returned[i].Length == length)
            {
                Memory<float> piece = returned[i];
                returned.RemoveAt(i);
                return piece;
            }
        }

        while (block < blocks.Count && blocks[block].Length - used < length)
        {
            block++;
            used = 0;
        }

        if (block == blocks.Count)
        {
            Grow(Math.Max(length, BlockLength));
        }

        Memory<float> taken = blocks[block].Slice(used, length);
        used += (length + Grain - 1) / Grain * Grain;
        if (block == 0 && reserved > 0)
        {
            mostReserved = Math.Max(mostReserved, used);
        }

        return taken;
    }

    /// <summary>Takes one piece back early, for the next of its length: what is still warm in the cache is used again.</summary>
    public void Return(Memory<float> piece) => returned.Add(piece);

    /// <summary>Where the next piece will be taken, to come back to with <see cref="Rewind"/>.</summary>
    public ArenaMark Mark() => new(block, used);

    /// <summary>Takes back what was handed out since the mark.</summary>
    public void Rewind(ArenaMark mark)
    {
        // What lies above the mark will be handed out from there; below it, what was given back may still be handed out.
        for (int i = returned.Count - 1; i >= 0; i--)
        {
            if (IsAbove(mark, returned[i]))
            {
                returned.RemoveAt(i);
            }
        }

        (block, used) = (mark.Block, mark.Used);
    }

    /// <summary>Takes everything back.</summary>
    public void Reset()
    {
        returned.Clear();
        block = 0;
        used = 0;
    }

    private bool IsAbove(ArenaMark mark, Memory<float> piece)
    {
        MemoryMarshal.TryGetArray<float>(piece, out ArraySegment<float> segment);
        for (int i = 0; i < blocks.Count; i++)
        {
            MemoryMarshal.TryGetArray<float>(blocks[i], out ArraySegment<float> whole);
            if (ReferenceEquals(whole.Array, segment.Array))
            {
                return i > mark.Block || (i == mark.Block && segment.Offset - whole.Offset >= mark.Used);
            }
        }

        return false;
    }

    private void Grow(int length)
    {
        float[] array = GC.AllocateUninitializedArray<float>(length + Grain, pinned: true);
        grown += blocks.Count == 0 && reserved > 0 ? 0 : sizeof(float) * (long)array.Length;

        // An array may begin anywhere; a block begins with a cache line, so that no vector of it lies across two.
        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) / sizeof(float);
        blocks.Add(array.AsMemory((int)(-start & (Grain - 1)), array.Length - Grain));
    }
}
