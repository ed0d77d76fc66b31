namespace EdgeFlora.Learning.Models;

/// <summary>
/// Token sequences of different lengths packed end to end, without padding: every layer but attention sees one [tokens × width] matrix. Reused from
/// step to step.
/// </summary>
public sealed class TokenBatch
{
    private int[] ids = new int[1024];
    private int[] positions = new int[1024];
    private int[] segments = new int[1024];
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private int[] targetRows = new int[1024];
    private int[] targets = new int[1024];
    private int[] shifted = [];
    private int[] zeros = [];

    /// <summary>Number of sequences.</summary>
    public int Sequences { get; private set; }

    /// <summary>Tokens of all sequences.</summary>
    public int Tokens { get; private set; }

    /// <summary>Vocabulary index of each token.</summary>
    public ReadOnlyMemory<int> Ids => ids.AsMemory(0, Tokens);

    /// <summary>Place of each token in its sequence, from 0.</summary>
    public ReadOnlyMemory<int> Positions => positions.AsMemory(0, Tokens);

    /// <summary>Place of each token in its sequence, from <paramref name="first"/>: for models that count so. Valid until the next call.</summary>
    public ReadOnlyMemory<int> PositionsFrom(int first)
    {
        Room(ref shifted);
        for (int i = 0; i < Tokens; i++)
        {
            shifted[i] = positions[i] + first;
        }

        return shifted.AsMemory(0, Tokens);
    }

    /// <summary>A zero for each token: for models that have a table of segments and use its first row only.</summary>
    public ReadOnlyMemory<int> Zeros()
    {
        Room(ref zeros);
        return zeros.AsMemory(0, Tokens);
    }

    /// <summary>0 for tokens of the first text of a pair, 1 for the second.</summary>
    public ReadOnlyMemory<int> Segments => segments.AsMemory(0, Tokens);

    /// <summary>First token of each sequence, and the number of tokens at the end: [sequences + 1].</summary>
    public ReadOnlyMemory<int> Starts => starts.AsMemory(0, Sequences + 1);

    /// <summary>Last token of each sequence: [sequences].</summary>
    public ReadOnlyMemory<int> Ends => ends.AsMemory(0, Sequences);

    /// <summary>Number of tokens to predict.</summary>
    public int Predictions { get; private set; }

    /// <summary>Tokens whose next one is to be predicted: [predictions].</summary>
    public ReadOnlyMemory<int> TargetRows => targetRows.AsMemory(0, Predictions);

    /// <summary>What follows each of <see cref="TargetRows"/>: [predictions].</summary>
    public ReadOnlyMemory<int> Targets => targets.AsMemory(0, Predictions);

    public void Clear()
    {
        Sequences = 0;
        Tokens = 0;
        Predictions = 0;
    }

    /// <param name="sequence">Token ids.</param>
    /// <param name="secondSegment">Where the second text of a pair begins; the sequence's length if there is none.</param>
    /// <param name="firstPosition">Place of the first token: above 0 where earlier ones have been computed before.</param>
    /// <exception cref="ArgumentException">The sequence is empty.</exception>
    public void Add(ReadOnlySpan<int> sequence, int secondSegment, int firstPosition = 0)
    {
        if (sequence.IsEmpty)
        {
            throw new ArgumentException("A sequence has at least one token.", nameof(sequence));
        }

        Grow(sequence.Length);
        for (int i = 0; i < sequence.Length; i++)
        {
            ids[Tokens + i] = sequence[i];
            positions[Tokens + i] = firstPosition + i;
            segments[Tokens + i] = i < secondSegment ? 0 : 1;
        }

        Tokens += sequence.Length;
        ends[Sequences] = Tokens - 1;
        Sequences++;
        starts[Sequences] = Tokens;
    }

    /// <summary>Adds all but the last token of a text; the tokens from <paramref name="firstTarget"/> on are to be predicted.</summary>
    /// <param name="sequence">At least two token ids.</param>
    /// <param name="firstTarget">From 1 to the place of the last token.</param>
    public void AddText(ReadOnlySpan<int> sequence, int firstTarget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstTarget, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(firstTarget, sequence.Length);
        int first = Tokens;
        Add(sequence[..^1], sequence.Length - 1);
        if (targets.Length < ids.Length)
        {
            Array.Resize(ref targetRows, ids.Length);
            Array.Resize(ref targets, ids.Length);
        }

        for (int i = firstTarget; i < sequence.Length; i++)
        {
            targetRows[Predictions] = first + i - 1;
            targets[Predictions++] = sequence[i];
        }
    }

    private void Room(ref int[] array)
    {
        if (array.Length < Tokens)
        {
            array = new int[ids.Length];
        }
    }

    private void Grow(int more)
    {
        int capacity = ids.Length;
        while (capacity < Tokens + more)
        {
            capacity = checked(capacity * 2);
        }

        Array.Resize(ref ids, capacity);
        Array.Resize(ref positions, capacity);
        Array.Resize(ref segments, capacity);
        if (starts.Length < Sequences + 2)
        {
            Array.Resize(ref starts, starts.Length * 2);
            Array.Resize(ref ends, starts.Length);
        }
    }
}
