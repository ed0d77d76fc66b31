namespace EdgeFlora.Learning.Tokenizers;

/// <summary>BERT's WordPiece tokenizer: text to token ids and back. Immutable and thread-safe.</summary>
/// <remarks>Special tokens written in a text ("[MASK]") are ordinary text: data cannot inject them.</remarks>
public sealed class WordPieceTokenizer
{
    /// <summary>Longer words are unknown, as in the published code; in UTF-16 units.</summary>
    private const int MaxWordLength = 100;

    private const string Continuation = "##";

    private readonly IReadOnlyList<string> tokens;
    private readonly BertNormalization normalization;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> starts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> continuations;
    private readonly int longestPiece;

    /// <param name="tokens">The vocabulary in the order of ids; continuing pieces begin with <c>##</c>.</param>
    /// <param name="normalization">What happens to text first.</param>
    /// <exception cref="InvalidDataException">A token is empty or repeated, or a special token is missing; the message names it.</exception>
    public WordPieceTokenizer(IReadOnlyList<string> tokens, BertNormalization normalization)
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
                throw new InvalidDataException($"Token {id} of the vocabulary is {(tokens[id].Length == 0 ? "empty" : $"\"{tokens[id]}\", as is token {ids[tokens[id]]}")}; each must be a text of its own.");
            }
        }

        PadId = Special(ids, "[PAD]");
        UnknownId = Special(ids, "[UNK]");
        ClassifierId = Special(ids, "[CLS]");
        SeparatorId = Special(ids, "[SEP]");
        MaskId = Special(ids, "[MASK]");
        HashSet<int> special = [PadId, UnknownId, ClassifierId, SeparatorId, MaskId];
        starts = Pieces(ids.Where(t => !special.Contains(t.Value)));
        continuations = Pieces(ids
            .Where(t => t.Key.Length > Continuation.Length && t.Key.StartsWith(Continuation, StringComparison.Ordinal))
            .Select(t => KeyValuePair.Create(t.Key[Continuation.Length..], t.Value)));
        longestPiece = tokens.Max(token => token.Length);
    }

    /// <summary>Number of tokens; ids are 0 … this − 1.</summary>
    public int VocabularySize => tokens.Count;

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

    /// <summary>Reads <c>tokenizer.json</c> of type WordPiece, else <c>vocab.txt</c> with the settings of <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="InvalidDataException">A file is missing, broken or of another kind; the message names file and setting.</exception>
    public static WordPieceTokenizer Load(string folder) => WordPieceFolder.Read(folder);

    /// <summary>Writes <c>vocab.txt</c> and <c>tokenizer_config.json</c>, as Hugging Face's <c>BertTokenizer</c> reads them.</summary>
    public void Save(string folder) => WordPieceFolder.Write(folder, tokens, normalization);

    /// <summary><c>[CLS] text [SEP]</c>, or <c>[CLS] text [SEP] pair [SEP]</c>; what is too long is cut at the end of the longer text (of the pair's where both are as long).</summary>
    /// <param name="text">First text; if empty, its segment is.</param>
    /// <param name="pair">Second text, or null.</param>
    /// <param name="maxTokens">Most ids to return, special tokens included; at least 3, or 5 with a pair.</param>
    public int[] Encode(string text, string? pair, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, pair is null ? 3 : 5);
        int budget = maxTokens - (pair is null ? 2 : 3);

        // A text longer than the whole budget is cut in any case, so that its rest need not be read.
        List<int> first = Pieces(text, budget);
        if (pair is null)
        {
            return [ClassifierId, .. first, SeparatorId];
        }

        List<int> second = Pieces(pair, budget);
        int firstCount = first.Count + second.Count <= budget
            ? first.Count
            : Math.Min(first.Count, Math.Max(budget - second.Count, (budget + 1) / 2));
        int secondCount = Math.Min(second.Count, budget - firstCount);
        return [ClassifierId, .. first[..firstCount], SeparatorId, .. second[..secondCount], SeparatorId];
    }

    /// <summary>Where the second segment (token type 1) begins in ids made by <see cref="Encode"/>: after the first <c>[SEP]</c>.</summary>
    public int SecondSegment(ReadOnlySpan<int> ids) => ids.IndexOf(SeparatorId) + 1;

    /// <summary>The token of an id, for people.</summary>
    public string Token(int id) => tokens[id];

    private static int Special(Dictionary<string, int> ids, string token) =>
        ids.TryGetValue(token, out int id) ? id : throw new InvalidDataException($"The vocabulary lacks {token}; a WordPiece vocabulary has [PAD], [UNK], [CLS], [SEP] and [MASK].");

    private static Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Pieces(IEnumerable<KeyValuePair<string, int>> pieces) =>
        new Dictionary<string, int>(pieces, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Ids of the first <paramref name="limit"/> pieces of a text.</summary>
    private List<int> Pieces(string text, int limit)
    {
        var ids = new List<int>();
        foreach (string word in BertWords.Split(text, normalization))
        {
            AppendWord(word, ids);
            if (ids.Count >= limit)
            {
                ids.RemoveRange(limit, ids.Count - limit);
                break;
            }
        }

        return ids;
    }

    /// <summary>The longest piece that fits, again and again; one <c>[UNK]</c> for the whole word where none does.</summary>
    private void AppendWord(string word, List<int> ids)
    {
        int before = ids.Count;
        int at = 0;
        while (word.Length <= MaxWordLength && at < word.Length)
        {
            if (Longest(at == 0 ? starts : continuations, word.AsSpan(at)) is not var (id, length))
            {
                break;
            }

            ids.Add(id);
            at += length;
        }

        if (at < word.Length)
        {
            ids.RemoveRange(before, ids.Count - before);
            ids.Add(UnknownId);
        }
    }

    private (int Id, int Length)? Longest(Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> pieces, ReadOnlySpan<char> rest)
    {
        for (int length = Math.Min(rest.Length, longestPiece); length > 0; length--)
        {
            if (pieces.TryGetValue(rest[..length], out int id))
            {
                return (id, length);
            }
        }

        return null;
    }
}
