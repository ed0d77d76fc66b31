namespace EdgeFlora.Learning.Tokenizers.PostProcessing;

/// <summary>The special tokens around a text, or around a pair.</summary>
internal sealed class Template
{
    private readonly IReadOnlyList<TemplateItem> single;
    private readonly IReadOnlyList<TemplateItem> pair;

    /// <param name="single">Items around one text, among them the text itself once.</param>
    /// <param name="pair">Items around two, among them either once, those of token type 1 last.</param>
    public Template(IReadOnlyList<TemplateItem> single, IReadOnlyList<TemplateItem> pair)
    {
        this.single = single;
        this.pair = pair;
    }

    /// <summary>No special tokens; a pair is one text after the other.</summary>
    public static Template Bare { get; } = new([TemplateItem.First], [TemplateItem.First, TemplateItem.Second(0)]);

    /// <summary>BERT's: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>, B with its separator of token type 1.</summary>
    public static Template Bert(int classifier, int separator) => new(
        [TemplateItem.Special(classifier), TemplateItem.First, TemplateItem.Special(separator)],
        [
            TemplateItem.Special(classifier), TemplateItem.First, TemplateItem.Special(separator), TemplateItem.Second(1),
            TemplateItem.Special(separator, 1),
        ]);

    /// <summary>RoBERTa's: <c>&lt;s&gt; A &lt;/s&gt;</c>, <c>&lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;</c>, all of token type 0.</summary>
    public static Template Roberta(int begin, int end) => new(
        [TemplateItem.Special(begin), TemplateItem.First, TemplateItem.Special(end)],
        [
            TemplateItem.Special(begin), TemplateItem.First, TemplateItem.Special(end), TemplateItem.Special(end), TemplateItem.Second(0),
            TemplateItem.Special(end),
        ]);

    /// <summary>No special tokens around a text; one between the texts of a pair.</summary>
    public static Template Separated(int separator) =>
        new([TemplateItem.First], [TemplateItem.First, TemplateItem.Special(separator), TemplateItem.Second(0)]);

    /// <summary>A beginning-of-sequence token before every text, as Llama has it.</summary>
    public static Template Begun(int begin) => new(
        [TemplateItem.Special(begin), TemplateItem.First],
        [TemplateItem.Special(begin), TemplateItem.First, TemplateItem.Special(begin), TemplateItem.Second(0)]);

    /// <summary>Special tokens that stand before a single text.</summary>
    public IEnumerable<int> Opening => single.TakeWhile(item => item.Text is null).SelectMany(item => item.Ids);

    /// <summary>Special tokens around a text, or around a pair.</summary>
    public int SpecialCount(bool paired) => (paired ? pair : single).Sum(item => item.Ids.Count);

    /// <summary>This template with a token before every text, or without.</summary>
    public Template Begin(int id, bool begins) => new(Begin(single, id, begins), Begin(pair, id, begins));

    /// <summary>This template with a token after every text, or without.</summary>
    public Template End(int id, bool ends) => new(Mirrored(Begin(Mirrored(single), id, ends)), Mirrored(Begin(Mirrored(pair), id, ends)));

    /// <param name="secondSegment">Where token type 1 begins; the ids' count if all are of type 0.</param>
    public int[] Wrap(IReadOnlyList<int> first, IReadOnlyList<int>? second, out int secondSegment)
    {
        var ids = new List<int>();
        int? segment = null;
        foreach (TemplateItem item in second is null ? single : pair)
        {
            if (item.TokenType == 1)
            {
                segment ??= ids.Count;
            }

            ids.AddRange(item.Text switch
            {
                null => item.Ids,
                0 => first,
                _ => second!,
            });
        }

        secondSegment = segment ?? ids.Count;
        return [.. ids];
    }

    private static List<TemplateItem> Begin(IReadOnlyList<TemplateItem> items, int id, bool begins)
    {
        var changed = new List<TemplateItem>();
        foreach (TemplateItem item in items)
        {
            if (item.Text is not null)
            {
                bool begun = changed.Count > 0 && changed[^1].Text is null && changed[^1].Ids is [var last] && last == id;
                if (begins && !begun)
                {
                    changed.Add(TemplateItem.Special(id, item.TokenType));
                }
                else if (!begins && begun)
                {
                    changed.RemoveAt(changed.Count - 1);
                }
            }

            changed.Add(item);
        }

        return changed;
    }

    private static TemplateItem[] Mirrored(IReadOnlyList<TemplateItem> items) => [.. items.Reverse()];
}
