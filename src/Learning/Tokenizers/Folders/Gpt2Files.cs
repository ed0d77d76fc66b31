using System.Text;
using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Decoding;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PostProcessing;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary><c>vocab.json</c> and <c>merges.txt</c> as GPT-2 and RoBERTa were published with.</summary>
internal static class Gpt2Files
{
    private static readonly string[] SpecialNames = ["<|endoftext|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>"];
    private static readonly string[] Classes = ["GPT2Tokenizer", "GPT2TokenizerFast", "RobertaTokenizer", "RobertaTokenizerFast"];

    /// <param name="vocabularyPath"><c>vocab.json</c>.</param>
    /// <param name="mergesPath"><c>merges.txt</c>.</param>
    /// <param name="config"><c>tokenizer_config.json</c> beside them; null if there is none.</param>
    /// <exception cref="InvalidDataException">A file is broken, or those of another tokenizer; the message names it.</exception>
    public static ITokenizer Read(string vocabularyPath, string mergesPath, JsonComponent? config)
    {
        if (config?.TextOrNull("tokenizer_class") is { } name && !Classes.Contains(name, StringComparer.Ordinal))
        {
            throw new InvalidDataException($"{vocabularyPath}: tokenizer_class is {name}; without tokenizer.json, {string.Join(", ", Classes)} are supported.");
        }

        Dictionary<string, int> ids = TokenizerText.Naming(vocabularyPath, Ids);
        HashSet<int> special = [.. SpecialNames.Where(ids.ContainsKey).Select(token => ids[token])];
        Dictionary<(int Left, int Right), BpeMerge> merges = TokenizerText.Naming(mergesPath, path => Merges(path, ids, special));
        bool roberta = ids.ContainsKey("<s>") && ids.ContainsKey("</s>");
        int? unknown = ids.TryGetValue("<unk>", out int id) ? id : null;
        return new PipelineTokenizer(
            new Vocabulary(ids, special),
            [],
            text => text,
            PreTokenizerJson.ByteLevel(config?.Flag("add_prefix_space", absent: false) ?? false, divided: true),
            new BpeModel(new Dictionary<string, int>(ids.Where(token => !special.Contains(token.Value)), StringComparer.Ordinal), merges, new BpeSettings(unknown, FusesUnknown: false, WholeWordsFirst: false), bytes: null),
            roberta ? Template.Roberta(ids["<s>"], ids["</s>"]) : Template.Bare,
            Decoders.ByteLevel,
            SpecialTokensJson.Read(config, ids, special));
    }

    private static Dictionary<string, int> Ids(string path)
    {
        using JsonDocument document = TokenizerText.Json(path);
        return PieceModelJson.Ids(new JsonComponent(document.RootElement, "the vocabulary"));
    }

    private static Dictionary<(int Left, int Right), BpeMerge> Merges(string path, Dictionary<string, int> ids, HashSet<int> special)
    {
        var merges = new Dictionary<(int Left, int Right), BpeMerge>();
        int number = 0;
        foreach (string line in Encoding.UTF8.GetString(TokenizerText.Bytes(path)).Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            (string Left, string Right) sides = MergesJson.Sides(line) ?? throw new InvalidDataException($"line {number} should be two pieces with a space between.");
            MergesJson.Add(merges, number, sides, ids, special, $"line {number}");
        }

        return merges;
    }
}
