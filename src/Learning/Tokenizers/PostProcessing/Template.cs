namespace EdgeFlora.Learning.Tokenizers.PostProcessing;

/// <summary>The special tokens around a text, or around a pair.</summary>
internal sealed class Template
{
    private readonly IReadOnlyList<TemplateItem> single;
    private readonly IReadOnlyList<TemplateItem> pair;
    private readonly HashSet<int> specials;

    /// <summary>Special tokens before token type 1 begins; null if it never does.</summary>
    private readonly int? specialsBefore;
    private readonly bool secondBeginsWithText;

    /// <param name="single">Items around one text, among them the text itself once.</param>
    /// <param name="pair">Items around two, among them either once.</param>
    /// <exception cref="InvalidDataException">Token type 1 begins at neither a special token nor right after one, so that ids do not show it.</exception>
    public Template(IReadOnlyList<TemplateItem> single, IReadOnlyList<TemplateItem> pair)
    {
        this.single = single;
        this.pair = pair;
        int second = pair.TakeWhile(item => item.TokenType == 0).Count();
        if (second < pair.Count && pair[second].Text is not null && (second == 0 || pair[second - 1].Text is not null))
        {
            throw new InvalidDataException("The template of pairs begins token type 1 with a text that no special token precedes; that is not supported.");
        }

        specials = [.. pair.SelectMany(item => item.Ids)];
        specialsBefore = second < pair.Count ? pair.Take(second).Sum(item => item.Ids.Count) : null;
        secondBeginsWithText = second < pair.Count && pair[second].Text is not null;
    }

    /// <summary>No special tokens; a pair is one text after the other.</summary>
    public static Template Bare { get; } = new([TemplateItem.First], [TemplateItem.First, TemplateItem.Second(0)]);

    /// <summary>BERT's: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>, B with its separator of token type 1.</summary>
    public static Template Bert(int classifier, int separator) => new(
        [TemplateItem.Special(classifier), TemplateItem.First, TemplateItem.Special(separator)],
        [TemplateItem.Special(classifier), TemplateItem.First, TemplateItem.Special(separator), TemplateItem.Second(1), TemplateItem.Special(separator, 1)]);

    /// <summary>RoBERTa's: <c>&lt;s&gt; A &lt;/s&gt;</c>, <c>&lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;</c>, all of token type 0.</summary>
    public static Template Roberta(int begin, int end) => new(
        [TemplateItem.Special(begin), TemplateItem.First, TemplateItem.Special(end)],
        [TemplateItem.Special(begin), TemplateItem.First, TemplateItem.Special(end), TemplateItem.Special(end), TemplateItem.Second(0), TemplateItem.Special(end)]);

    /// <summary>No special tokens around a text; one between the texts of a pair.</summary>
    public static Template Separated(int separator) => new([TemplateItem.First], [TemplateItem.First, TemplateItem.Special(separator), TemplateItem.Second(0)]);

    /// <summary>A beginning-of-sequence token before every text, as Llama has it.</summary>
    public static Template Begun(int begin) => new(
        [TemplateItem.Special(begin), TemplateItem.First],
        [TemplateItem.Special(begin), TemplateItem.First, TemplateItem.Special(begin), TemplateItem.Second(0)]);

    /// <summary>Special tokens that stand before a single text.</summary>
    public IEnumerable<int> Opening => single.TakeWhile(item => item.Text is null).SelectMany(item => item.Ids);

    /// <summary>Special tokens around a text, or around a pair.</summary>
    public int SpecialCount(bool paired) => (paired ? pair : single).Sum(item => item.Ids.Count);

    public int[] Wrap(IReadOnlyList<int> first, IReadOnlyList<int>? second)
    {
        var ids = new List<int>();
        foreach (TemplateItem item in second is null ? single : pair)
        {
            ids.AddRange(item.Text switch
            {
                null => item.Ids,
                0 => first,
                _ => second!,
            });
        }

        return [.. ids];
    }

    /// <summary>Where token type 1 begins in wrapped ids; their count if all are of type 0.</summary>
    /// <remarks>Found by counting special tokens, which text cannot have: type 1 begins with one, or right after as many as stand before it in the template.</remarks>
    public int SecondSegment(ReadOnlySpan<int> ids)
    {
        if (specialsBefore is not { } before)
        {
            return ids.Length;
        }

        int sought = secondBeginsWithText ? before : before + 1;
        int seen = 0;
        for (int at = 0; at < ids.Length; at++)
        {
            if (specials.Contains(ids[at]) && ++seen == sought)
            {
                return secondBeginsWithText ? at + 1 : at;
            }
        }

        return ids.Length;
    }
}
