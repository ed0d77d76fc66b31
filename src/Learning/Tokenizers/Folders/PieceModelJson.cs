using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>model</c> of <c>tokenizer.json</c>.</summary>
internal sealed class PieceModelJson
{
    private const string Supported = "BPE, Unigram, WordLevel, WordPiece";
    private const int MaxWordLength = 1000;

    private readonly JsonComponent model;
    private readonly double[] scores = [];

    /// <exception cref="InvalidDataException">A setting is wrong or not supported; the message names it.</exception>
    public PieceModelJson(JsonComponent model)
    {
        this.model = model;

        // Files of before 2020 leave the type out.
        Type = model.TextOrNull("type") ?? Guess();
        if (Type is not ("BPE" or "Unigram" or "WordLevel" or "WordPiece"))
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

    /// <summary>Tokens, as Hugging Face's tokenizers count them: repeated pieces too.</summary>
    public int Count => Type == "Unigram" ? scores.Length : Pieces.Count;

    public IPieceModel Build()
    {
        ByteTokens? bytes = Type is "BPE" or "Unigram" && model.Flag("byte_fallback", absent: false) ? ByteTokens.Of(Pieces) : null;
        return Type switch
        {
            "BPE" => Bpe(bytes),
            "Unigram" => new UnigramModel(Pieces, scores, UnknownId, bytes),
            "WordLevel" => new WordLevelModel(Pieces, RequiredUnknown()),
            _ => WordPiece(),
        };
    }

    private string Guess() => model.Find("merges") is not null ? "BPE"
        : model.Child("vocab").Element.ValueKind == JsonValueKind.Array ? "Unigram"
        : model.Find("continuing_subword_prefix") is not null || model.Find("max_input_chars_per_word") is not null ? "WordPiece" : "WordLevel";

    private BpeModel Bpe(ByteTokens? bytes)
    {
        if (model.Find("dropout") is { } dropout && dropout.AsNumber() != 0)
        {
            throw dropout.Wrong("null; random merges are not supported");
        }

        string continuation = model.TextOrNull("continuing_subword_prefix") ?? "";
        return new BpeModel(
            Pieces,
            MergesJson.Read(model.Child("merges"), Pieces, continuation),
            new BpeSettings(
                UnknownId,
                model.Flag("fuse_unk", absent: false),
                model.Flag("ignore_merges", absent: false),
                continuation,
                model.TextOrNull("end_of_word_suffix") ?? ""),
            bytes);
    }

    private int RequiredUnknown() => UnknownId ?? throw new InvalidDataException($"{model.Path}.unk_token is missing; {Type} needs it.");

    private WordPieceModel WordPiece()
    {
        int longest = model.CountOrNull("max_input_chars_per_word") ?? 100;
        if (longest > MaxWordLength)
        {
            throw model.Child("max_input_chars_per_word").Wrong($"at most {MaxWordLength}");
        }

        return new WordPieceModel(
            Pieces,
            new WordPieceSettings(RequiredUnknown(), model.TextOrNull("continuing_subword_prefix") ?? "##", longest));
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
            if (entry.Value.ValueKind != JsonValueKind.Number
                || !entry.Value.TryGetInt32(out int id)
                || piece.Length == 0
                || id < 0
                || id >= Vocabulary.MaxTokens
                || !taken.Add(id)
                || !ids.TryAdd(piece, id))
            {
                throw new InvalidDataException($"{vocabulary.Path} gives token \"{piece}\" the id {entry.Value}; tokens and ids should be there once "
                    + $"each, ids in 0 … {Vocabulary.MaxTokens - 1}.");
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

        // Where every byte has a token, no text is unknown, and a name that the vocabulary lacks does no harm.
        return Pieces.TryGetValue(token, out int id) ? id
            : Type == "BPE"
                && (ByteAlphabet.All.All(Pieces.ContainsKey) || (model.Flag("byte_fallback", absent: false) && ByteTokens.Of(Pieces).IsComplete))
                ? null
            : throw model.Child("unk_token").Wrong("a token of the vocabulary");
    }
}
