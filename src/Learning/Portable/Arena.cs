namespace EdgeFlora.Learning.Portable;

/// <summary>Memory for activations and their gradients: handed out in pieces, taken back all at once, kept from step to step.</summary>
internal sealed class Arena
{
    private const int BlockLength = 1 << 20;

    // Pieces begin on multiples of 16 values: whole cache lines, so that two of them never share one.
    private const int Grain = 16;

    private readonly List<float[]> blocks = [];
    private readonly List<Memory<float>> returned = [];
    private int block;
    private int used;

    /// <summary>Bytes held, used or not.</summary>
    public long Bytes { get; private set; }

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
            blocks.Add(GC.AllocateUninitializedArray<float>(Math.Max(length, BlockLength), pinned: true));
            Bytes += 4L * blocks[^1].Length;
        }

        Memory<float> taken = blocks[block].AsMemory(used, length);
        used += (length + Grain - 1) / Grain * Grain;
        return taken;
    }

    /// <summary>Takes one piece back early, for the next of its length: what is still warm in the cache is used again.</summary>
    public void Return(Memory<float> piece) => returned.Add(piece);

    /// <summary>Where the next piece will be taken, to come back to with <see cref="Rewind"/>.</summary>
    public ArenaMark Mark()
    {
        // Pieces given back so far could be handed out again and outlive the mark.
        returned.Clear();
        return new ArenaMark(block, used);
    }

    /// <summary>Takes back what was handed out since the mark.</summary>
    public void Rewind(ArenaMark mark)
    {
        returned.Clear();
        (block, used) = (mark.Block, mark.Used);
    }

    /// <summary>Takes everything back.</summary>
    public void Reset()
    {
        returned.Clear();
        block = 0;
        used = 0;
    }
}
