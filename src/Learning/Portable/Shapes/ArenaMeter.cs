namespace EdgeFlora.Learning.Portable.Shapes;

/// <summary>Counts what an <see cref="Arena"/> of one block would hand out, and holds nothing.</summary>
internal sealed class ArenaMeter
{
    private readonly List<(long Place, long Length)> returned = [];
    private long used;

    /// <summary>Most values in use at once, gaps between pieces included.</summary>
    public long Peak { get; private set; }

    /// <returns>Where the piece would lie.</returns>
    public long Take(long length)
    {
        int last = returned.FindLastIndex(piece => piece.Length == length);
        if (last >= 0)
        {
            long again = returned[last].Place;
            returned.RemoveAt(last);
            return again;
        }

        long place = used;
        used += (length + Arena.Grain - 1) / Arena.Grain * Arena.Grain;
        Peak = Math.Max(Peak, used);
        return place;
    }

    public void Return(long place, long length) => returned.Add((place, length));

    /// <summary>Takes a piece and gives it back.</summary>
    public void Borrow(long length) => Return(Take(length), length);

    public long Mark() => used;

    public void Rewind(long mark)
    {
        returned.RemoveAll(piece => piece.Place >= mark);
        used = mark;
    }
}
