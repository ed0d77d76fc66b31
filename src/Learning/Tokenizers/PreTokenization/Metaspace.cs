namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>SentencePiece's visible spaces: every space becomes a mark, and words begin at marks.</summary>
/// <param name="Mark">Usually <c>▁</c> (U+2581).</param>
/// <param name="Prepend">Where a mark is put before text that has none.</param>
/// <param name="Splits">Whether text is divided before every mark.</param>
internal sealed record Metaspace(string Mark, MetaspacePrepend Prepend, bool Splits)
{
    public IEnumerable<string> Split(string stretch, bool atStart)
    {
        string marked = stretch.Replace(" ", Mark, StringComparison.Ordinal);
        bool prepends = Prepend == MetaspacePrepend.Always || (Prepend == MetaspacePrepend.First && atStart);
        if (prepends && stretch.Length > 0 && !marked.StartsWith(Mark, StringComparison.Ordinal))
        {
            marked = Mark + marked;
        }

        return Division.Split(marked, Splits ? Marks(marked) : [], SplitBehavior.MergedWithNext, inverted: false);
    }

    private IEnumerable<(int Start, int Length)> Marks(string text)
    {
        for (int at = text.IndexOf(Mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Mark, at + Mark.Length, StringComparison.Ordinal))
        {
            yield return (at, Mark.Length);
        }
    }
}
