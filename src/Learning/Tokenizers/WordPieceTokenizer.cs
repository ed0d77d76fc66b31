using EdgeFlora.Learning.Tokenizers.Added;
using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Folders;
using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PostProcessing;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>BERT's WordPiece tokenizer: text to token ids and back. Immutable and thread-safe.</summary>
/// <remarks>Special tokens written in a text ("[MASK]") are ordinary text, unless asked for: data cannot inject them.</remarks>
public sealed class WordPieceTokenizer : ITokenizer
{
    /// <summary>Longer words are unknown, as in the published code; in characters.</summary>
    private const int MaxWordLength = 100;

    internal const string Continuation = "##";

    private readonly IReadOnlyList<string> tokens;
    private readonly BertNormalization normalization;
    private readonly IPieceModel model;
    private readonly Template template;
    private readonly AddedTokens special;

    /// <param name="tokens">The vocabulary in the order of ids; continuing pieces begin with <c>##</c>.</param>
    /// <param name="normalization">What happens to text first.</param>
    /// <exception cref="InvalidDataException">A token is empty or repeated, or a special token is missing; the message names it.</exception>
    public WordPieceTokenizer(IReadOnlyList<string> tokens, BertNormalization normalization)
        : this(tokens, normalization, matchesSpecial: false)
    {
    }

    private WordPieceTokenizer(IReadOnlyList<string> tokens, BertNormalization normalization, bool matchesSpecial)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(normalization);
        this.tokens = tokens;
        this.normalization = normalization;
        var ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Count; id++)
        {
            if (tokens[id].Length == 0 || !ids.TryAdd(tokens[id], id))
            {
                throw new InvalidDataException($"Token {id} of the vocabulary is "
                    + $"{(tokens[id].Length == 0 ? "empty" : $"\"{tokens[id]}\", as is token {ids[tokens[id]]}")}; each must be a text of its own.");
            }
        }

        PadId = Id(ids, "[PAD]");
        UnknownId = Id(ids, "[UNK]");
        ClassifierId = Id(ids, "[CLS]");
        SeparatorId = Id(ids, "[SEP]");
        MaskId = Id(ids, "[MASK]");
        MatchesSpecialTokens = matchesSpecial;
        special = new AddedTokens([.. AddedSpecial]);
        Ids = ids;
        Model = new WordPieceModel(ids, new WordPieceSettings(UnknownId, Continuation, MaxWordLength));
        model = matchesSpecial ? Model : Model.Without(SpecialIds.ToHashSet());
        template = Template.Bert(ClassifierId, SeparatorId);
        Special = new SpecialTokens(PadId, UnknownId, ClassifierId, SeparatorId, MaskId);
    }

    /// <summary>Number of tokens; ids are 0 … this − 1.</summary>
    public int VocabularySize => tokens.Count;

    public SpecialTokens Special { get; }

    public bool MatchesSpecialTokens { get; }

    public bool DropsStart => false;

    /// <summary>Id of <c>[PAD]</c>, which fills a batch's short rows.</summary>
    public int PadId { get; }

    /// <summary>Id of <c>[UNK]</c>, which stands for a word without pieces.</summary>
    public int UnknownId { get; }

    /// <summary>Id of <c>[CLS]</c>, the first of every sequence.</summary>
    public int ClassifierId { get; }

    /// <summary>Id of <c>[SEP]</c>, the last of every segment.</summary>
    public int SeparatorId { get; }

    /// <summary>Id of <c>[MASK]</c>, which hides a token in pre-training.</summary>
    public int MaskId { get; }

    /// <summary>
    /// Reads <c>vocab.txt</c>, with the settings of <c>tokenizer_config.json</c>; <see cref="TokenizerFolder"/> reads <c>tokenizer.json</c>.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is missing, broken or of another kind; the message names file and setting.</exception>
    public static WordPieceTokenizer Load(string folder) => WordPieceFolder.Read(folder);

    /// <summary>Writes <c>vocab.txt</c> and <c>tokenizer_config.json</c>, as Hugging Face's <c>BertTokenizer</c> reads them.</summary>
    public void Save(string folder) => WordPieceFolder.Write(folder, tokens, normalization);

    /// <summary>
    /// <c>[CLS] text [SEP]</c>, or <c>[CLS] text [SEP] pair [SEP]</c>; what is too long is cut at the end of the longer text (of the pair's where
    /// both are as long).
    /// </summary>
    /// <param name="text">First text; if empty, its segment is.</param>
    /// <param name="pair">Second text, or null.</param>
    /// <param name="maxTokens">Most ids to return, special tokens included; at least 3, or 5 with a pair.</param>
    /// <param name="secondSegment">Where the second segment (token type 1) begins; the ids' count if there is none.</param>
    public int[] Encode(string text, string? pair, int maxTokens, out int secondSegment)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, pair is null ? 3 : 5);
        int budget = maxTokens - (pair is null ? 2 : 3);

        // A text longer than the whole budget is cut in any case, so that its rest need not be read.
        List<int> first = Pieces(text, budget);
        List<int>? second = pair is null ? null : Pieces(pair, budget);
        (int firstCount, int secondCount) = Truncation.Fit(first.Count, second?.Count ?? 0, budget);
        return template.Wrap(first[..firstCount], second?[..secondCount], out secondSegment);
    }

    public int[] Encode(string text, string? pair, int maxTokens) => Encode(text, pair, maxTokens, out _);

    public ITokenizer WithSpecialTokens(bool matched) =>
        matched == MatchesSpecialTokens ? this : new WordPieceTokenizer(tokens, normalization, matched);

    public int CountSpecialTokens(string text) => special.Divide(text).Count(stretch => stretch.Id is not null);

    public int[] EncodeBare(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        return [.. Pieces(text, maxTokens)];
    }

    public int[] EncodeOpen(string text) => [.. template.Opening, .. EncodeBare(text, int.MaxValue)];

    /// <summary>Words with spaces between, their pieces joined; BERT's normalization cannot be undone.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        string[] pieces = [.. ids.ToArray().Where(id => !SpecialIds.Contains(id)).Select(Token)];
        return string.Concat(Decoders.WordPiece(pieces, Continuation, cleaned: true));
    }

    /// <summary>The token of an id, for people.</summary>
    public string Token(int id) => id >= 0 && id < tokens.Count
        ? tokens[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Ids of this vocabulary are 0 … {tokens.Count - 1}.");

    /// <summary>Ids by token.</summary>
    internal IReadOnlyDictionary<string, int> Ids { get; }

    internal IPieceModel Model { get; }

    internal IEnumerable<AddedToken> AddedSpecial =>
        SpecialIds.Select(id => new AddedToken(id, tokens[id], false, false, false, Normalized: false, Special: true));

    private int[] SpecialIds => [PadId, UnknownId, ClassifierId, SeparatorId, MaskId];

    private static int Id(Dictionary<string, int> ids, string token) =>
        ids.TryGetValue(token, out int id)
            ? id
            : throw new InvalidDataException($"The vocabulary lacks {token}; a WordPiece vocabulary has [PAD], [UNK], [CLS], [SEP] and [MASK].");

    /// <summary>Ids of the first <paramref name="limit"/> pieces of a text.</summary>
    private List<int> Pieces(string text, int limit)
    {
        var ids = new List<int>();
        foreach (Stretch stretch in (MatchesSpecialTokens ? special.Divide(text) : [new Stretch(text, null, true)]).TakeWhile(_ => ids.Count < limit))
        {
            if (stretch.Id is { } id)
            {
                ids.Add(id);
                continue;
            }

            foreach (string word in BertWords.Split(BertCleaning.Normalize(stretch.Text, normalization)).TakeWhile(_ => ids.Count < limit))
            {
                model.Append(word, ids);
            }
        }

        ids.RemoveRange(Math.Min(limit, ids.Count), Math.Max(0, ids.Count - limit));
        return ids;
    }
}
