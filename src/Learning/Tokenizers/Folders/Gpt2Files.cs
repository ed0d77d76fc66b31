using System.Text;
using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Added;
using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PostProcessing;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary><c>vocab.json</c> and <c>merges.txt</c> as GPT-2 and RoBERTa were published with.</summary>
internal static class Gpt2Files
{
    private static readonly string[] SpecialNames = ["<|endoftext|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>"];
    private static readonly string[] Classes = ["GPT2Tokenizer", "RobertaTokenizer"];

    /// <param name="vocabularyPath"><c>vocab.json</c>.</param>
    /// <param name="mergesPath"><c>merges.txt</c>.</param>
    /// <param name="config">The files beside them.</param>
    /// <param name="matchSpecial">Whether special tokens written in a text are found.</param>
    /// <exception cref="InvalidDataException">A file is broken, or those of another tokenizer; the message names it.</exception>
    public static ITokenizer Read(string vocabularyPath, string mergesPath, TokenizerConfig config, bool matchSpecial)
    {
        if (config.Class is { } name && !Classes.Contains(name, StringComparer.Ordinal))
        {
            throw new InvalidDataException(
                $"{vocabularyPath}: tokenizer_class is {name}; without tokenizer.json, {string.Join(", ", Classes)} are supported.");
        }

        Dictionary<string, int> pieces = TokenizerText.Naming(vocabularyPath, Ids);
        List<AddedToken> added = TokenizerText.Naming(vocabularyPath, _ => AddedTokensJson.Read(null, config, pieces, pieces.Count));
        added.AddRange(Special(pieces, config).Where(token => added.TrueForAll(other => other.Content != token.Content)));
        Dictionary<string, int> ids = new(
            [.. pieces, .. added.Where(token => !pieces.ContainsKey(token.Content)).Select(token => KeyValuePair.Create(token.Content, token.Id))],
            StringComparer.Ordinal);
        HashSet<int> special = [.. added.Where(token => token.Special).Select(token => token.Id)];
        SpecialTokens named = SpecialTokensJson.Read(config, ids, special);
        Template template = pieces.TryGetValue("<s>", out int begin) && pieces.TryGetValue("</s>", out int end)
            ? Template.Roberta(begin, end)
            : Template.Bare;
        int? unknown = pieces.TryGetValue("<unk>", out int id) ? id : null;
        var parts = new TokenizerParts
        {
            Vocabulary = new Vocabulary(ids, special),
            Added = added,
            Divide = PreTokenizerJson.ByteLevel(config.Settings?.Flag("add_prefix_space", absent: false) ?? false, divided: true),
            Model = new BpeModel(
                pieces,
                TokenizerText.Naming(mergesPath, path => Merges(path, pieces)),
                new BpeSettings(unknown, FusesUnknown: false, WholeWordsFirst: false),
                bytes: null),
            Hidden = special,
            Template = TokenizerJsonFile.Around(template, config, named),
            Decode = Decoders.ByteLevel,
            Special = named,
            DropsStart = config.DropsStart ?? false,
        };
        return new PipelineTokenizer(parts, matchSpecial);
    }

    /// <summary>The special tokens of the vocabulary; RoBERTa's mask takes the white space before it.</summary>
    private static IEnumerable<AddedToken> Special(Dictionary<string, int> pieces, TokenizerConfig config) => SpecialNames
        .Concat(SpecialTokensJson.Names(config))
        .Distinct(StringComparer.Ordinal)
        .Where(pieces.ContainsKey)
        .Select(name => new AddedToken(pieces[name], name, false, StripLeft: name == "<mask>", false, Normalized: false, Special: true));

    private static Dictionary<string, int> Ids(string path)
    {
        using JsonDocument document = TokenizerText.Json(path);
        return PieceModelJson.Ids(new JsonComponent(document.RootElement, "the vocabulary"));
    }

    private static Dictionary<(int Left, int Right), BpeMerge> Merges(string path, Dictionary<string, int> ids)
    {
        var merges = new Dictionary<(int Left, int Right), BpeMerge>();
        int number = 0;
        string text = Encoding.UTF8.GetString(TokenizerText.Bytes(path)).TrimStart('\uFEFF');
        foreach (string line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            (string Left, string Right) sides = MergesJson.Sides(line)
                ?? throw new InvalidDataException($"line {number} should be two pieces with a space between.");
            MergesJson.Add(merges, number, sides, ids, $"line {number}");
        }

        return merges;
    }
}
