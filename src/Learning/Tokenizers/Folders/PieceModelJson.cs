using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Pieces;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>model</c> of <c>tokenizer.json</c>.</summary>
internal sealed class PieceModelJson
{
    private const string Supported = "BPE, Unigram, WordPiece";
    private const int MaxWordLength = 1000;

    private readonly JsonComponent model;
    private readonly double[] scores = [];

    /// <exception cref="InvalidDataException">A setting is wrong or not supported; the message names it.</exception>
    public PieceModelJson(JsonComponent model)
    {
        this.model = model;

        // Files of before 2020 leave the type out.
        Type = model.TextOrNull("type") ?? (model.Find("merges") is null ? "WordPiece" : "BPE");
        if (Type is not ("BPE" or "Unigram" or "WordPiece"))
        {
            throw model.Unsupported(Supported);
        }

        Pieces = Type == "Unigram" ? ScoredPieces(out scores) : Ids(model.Child("vocab"));
        if (Pieces.Count == 0)
        {
            throw model.Child("vocab").Wrong("a vocabulary that is not empty");
        }

        UnknownId = Type == "Unigram" ? UnknownByNumber() : UnknownByName();
    }

    public string Type { get; }

    /// <summary>Ids by piece.</summary>
    public Dictionary<string, int> Pieces { get; }

    public int? UnknownId { get; }

    /// <param name="special">Ids that text must not reach.</param>
    public IPieceModel Build(IReadOnlySet<int> special)
    {
        ByteTokens? bytes = Type != "WordPiece" && model.Flag("byte_fallback", absent: false) ? ByteTokens.Of(Pieces) : null;
        var reachable = new Dictionary<string, int>(
            Pieces.Where(piece => !special.Contains(piece.Value) && !(bytes is not null && ByteTokens.Value(piece.Key) is not null)),
            StringComparer.Ordinal);
        if (reachable.Count == 0)
        {
            throw model.Child("vocab").Wrong("a vocabulary with tokens that are not special");
        }

        return Type switch
        {
            "BPE" => Bpe(reachable, special, bytes),
            "Unigram" => new UnigramModel(reachable, scores, UnknownId, bytes),
            _ => WordPiece(reachable),
        };
    }

    private BpeModel Bpe(Dictionary<string, int> reachable, IReadOnlySet<int> special, ByteTokens? bytes)
    {
        Absent("continuing_subword_prefix");
        Absent("end_of_word_suffix");
        if (model.Find("dropout") is { } dropout && dropout.AsNumber() != 0)
        {
            throw dropout.Wrong("null; random merges are not supported");
        }

        return new BpeModel(
            reachable,
            MergesJson.Read(model.Child("merges"), Pieces, special),
            new BpeSettings(UnknownId, model.Flag("fuse_unk", absent: false), model.Flag("ignore_merges", absent: false)),
            bytes);
    }

    private WordPieceModel WordPiece(Dictionary<string, int> reachable)
    {
        int longest = model.CountOrNull("max_input_chars_per_word") ?? 100;
        if (longest > MaxWordLength)
        {
            throw model.Child("max_input_chars_per_word").Wrong($"at most {MaxWordLength}");
        }

        return new WordPieceModel(
            reachable,
            new WordPieceSettings(UnknownId ?? throw new InvalidDataException($"{model.Path}.unk_token is missing; WordPiece needs it."), model.TextOrNull("continuing_subword_prefix") ?? "##", longest));
    }

    private void Absent(string name)
    {
        if (model.TextOrNull(name) is { Length: > 0 })
        {
            throw model.Child(name).Wrong("null; pieces that mark their place in a word are not supported in BPE");
        }
    }

    /// <summary>Ids by piece of an object of token: id.</summary>
    /// <exception cref="InvalidDataException">A token or an id is wrong or there twice; the message names it.</exception>
    public static Dictionary<string, int> Ids(JsonComponent vocabulary)
    {
        if (vocabulary.Element.ValueKind != JsonValueKind.Object)
        {
            throw vocabulary.Wrong("an object of token: id");
        }

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (JsonProperty entry in vocabulary.Element.EnumerateObject())
        {
            string piece = Name(entry, vocabulary.Path);
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || piece.Length == 0 || id < 0 || id >= Vocabulary.MaxTokens || !taken.Add(id) || !ids.TryAdd(piece, id))
            {
                throw new InvalidDataException($"{vocabulary.Path} gives token \"{piece}\" the id {entry.Value}; tokens and ids should be there once each, ids in 0 … {Vocabulary.MaxTokens - 1}.");
            }
        }

        return ids;
    }

    private static string Name(JsonProperty entry, string path)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{path} has a token that is no valid Unicode text.", e);
        }
    }

    private Dictionary<string, int> ScoredPieces(out double[] scores)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var logs = new List<double>();
        foreach (JsonComponent entry in model.Child("vocab").Items())
        {
            if (logs.Count >= Vocabulary.MaxTokens || entry.Items().ToArray() is not [var piece, var score])
            {
                throw entry.Wrong($"a piece and its score, one of at most {Vocabulary.MaxTokens:N0}");
            }

            if (piece.AsText() is not { Length: > 0 and <= MaxWordLength } text)
            {
                throw piece.Wrong($"a piece of 1 … {MaxWordLength} characters");
            }

            // Published vocabularies repeat pieces; the last counts.
            ids[text] = logs.Count;
            logs.Add(score.AsNumber());
        }

        scores = [.. logs];
        return ids;
    }

    private int? UnknownByNumber() => model.CountOrNull("unk_id") is var id && (id is null || id < scores.Length)
        ? id
        : throw model.Child("unk_id").Wrong($"an id below {scores.Length}, the size of the vocabulary");

    private int? UnknownByName()
    {
        if (model.TextOrNull("unk_token") is not { } token)
        {
            return null;
        }

        return Pieces.TryGetValue(token, out int id) ? id : throw model.Child("unk_token").Wrong("a token of the vocabulary");
    }
}
