using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Learning.Tokenizers.Added;
using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.PostProcessing;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary><c>vocab.txt</c> and <c>tokenizer_config.json</c>, as Hugging Face's <c>BertTokenizer</c> reads and writes them.</summary>
internal static class WordPieceFolder
{
    private const string VocabularyFile = "vocab.txt";
    private const string ConfigFile = "tokenizer_config.json";

    public static WordPieceTokenizer Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string vocabulary = Path.Combine(folder, VocabularyFile);
        string config = Path.Combine(folder, ConfigFile);
        BertNormalization normalization = File.Exists(config) ? TokenizerText.Naming(config, Configured) : BertNormalization.Uncased;
        return File.Exists(vocabulary)
            ? TokenizerText.Naming(vocabulary, path => new WordPieceTokenizer(Lines(path), normalization))
            : throw new InvalidDataException($"{vocabulary} is missing; it should hold the vocabulary, a token a line.");
    }

    /// <summary>The tokenizer of a published folder, with the tokens that were added to it.</summary>
    /// <param name="path"><c>vocab.txt</c>.</param>
    /// <param name="config">The files beside it.</param>
    /// <param name="matchSpecial">Whether special tokens written in a text are found.</param>
    /// <exception cref="InvalidDataException">A file is broken or of another kind; the message names the token or setting.</exception>
    public static ITokenizer Read(string path, TokenizerConfig config, bool matchSpecial)
    {
        BertNormalization normalization = config.Bert(BertNormalization.Uncased);
        var plain = new WordPieceTokenizer(Lines(path), normalization);
        List<AddedToken> added = AddedTokensJson.Read(null, config, plain.Ids, plain.VocabularySize);
        added.AddRange(plain.AddedSpecial.Where(token => added.TrueForAll(other => other.Content != token.Content)));
        IEnumerable<AddedToken> more = added.Where(token => !plain.Ids.ContainsKey(token.Content));
        Dictionary<string, int> ids = new(
            [.. plain.Ids, .. more.Select(token => KeyValuePair.Create(token.Content, token.Id))], StringComparer.Ordinal);
        HashSet<int> special = [.. added.Where(token => token.Special).Select(token => token.Id)];
        var parts = new TokenizerParts
        {
            Vocabulary = new Vocabulary(ids, special),
            Added = added,
            Normalize = text => BertCleaning.Normalize(text, normalization),
            Divide = (stretch, _) => BertWords.Split(stretch),
            Model = plain.Model,
            Hidden = special,
            Template = Template.Bert(plain.ClassifierId, plain.SeparatorId),
            Decode = tokens => Decoders.WordPiece(tokens, WordPieceTokenizer.Continuation, cleaned: true),
            Special = plain.Special,
            DropsStart = config.DropsStart ?? false,
        };
        return new PipelineTokenizer(parts, matchSpecial);
    }

    public static void Write(string folder, IReadOnlyList<string> tokens, BertNormalization normalization)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, VocabularyFile), string.Concat(tokens.Select(token => token + "\n")), new UTF8Encoding(false));
        var config = new JsonObject
        {
            ["tokenizer_class"] = "BertTokenizer",
            ["do_lower_case"] = normalization.Lowercase,
            ["strip_accents"] = normalization.StripAccents,
            ["tokenize_chinese_chars"] = normalization.SplitIdeographs,
        };
        File.WriteAllText(Path.Combine(folder, ConfigFile), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" })
            + "\n", new UTF8Encoding(false));
    }

    private static List<string> Lines(string path)
    {
        using var reader = new StreamReader(new MemoryStream(TokenizerText.Bytes(path)));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(lines.Count < Vocabulary.MaxTokens ? line : throw new InvalidDataException(
                $"the vocabulary has over {Vocabulary.MaxTokens:N0} lines, which is the most."));
        }

        return lines;
    }

    /// <summary>Settings beside a <c>vocab.txt</c>, with BertTokenizer's defaults: lower case, accents stripped if so.</summary>
    private static BertNormalization Configured(string path)
    {
        using JsonDocument document = TokenizerText.Json(path);
        var settings = new JsonComponent(document.RootElement, "");
        bool lowercase = settings.Flag("do_lower_case", absent: true);
        return new BertNormalization(
            lowercase,
            settings.Flag("strip_accents", absent: lowercase),
            settings.Flag("tokenize_chinese_chars", absent: true));
    }
}
