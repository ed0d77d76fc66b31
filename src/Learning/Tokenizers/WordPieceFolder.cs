using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Reads and writes a WordPiece tokenizer in a Hugging Face model folder.</summary>
internal static class WordPieceFolder
{
    /// <summary>Largest file read; the multilingual vocabularies in use have under 3 MiB.</summary>
    private const long MaxBytes = 64L << 20;

    private const int MaxTokens = 1_000_000;
    private const string TokenizerFile = "tokenizer.json";
    private const string VocabularyFile = "vocab.txt";
    private const string ConfigFile = "tokenizer_config.json";

    public static WordPieceTokenizer Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string json = Path.Combine(folder, TokenizerFile);
        string vocabulary = Path.Combine(folder, VocabularyFile);
        string file = File.Exists(json) ? json : vocabulary;
        if (!File.Exists(file))
        {
            throw new InvalidDataException($"{folder}: neither {TokenizerFile} nor {VocabularyFile} is there; one of them must hold the vocabulary.");
        }

        try
        {
            return file == json
                ? TokenizerJson.Parse(File.ReadAllBytes(Checked(json)))
                : new WordPieceTokenizer(Lines(vocabulary), Configured(Path.Combine(folder, ConfigFile)));
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
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
        File.WriteAllText(Path.Combine(folder, ConfigFile), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n", new UTF8Encoding(false));
    }

    private static string Checked(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= MaxBytes ? path : throw new InvalidDataException($"the file has {length:N0} bytes; a vocabulary has at most {MaxBytes:N0}.");
    }

    private static List<string> Lines(string path)
    {
        List<string> lines = [.. File.ReadLines(Checked(path)).Take(MaxTokens + 1)];
        return lines.Count <= MaxTokens ? lines : throw new InvalidDataException($"the vocabulary has over {MaxTokens:N0} lines, which is the most.");
    }

    /// <summary>Settings beside a <c>vocab.txt</c>, with BertTokenizer's defaults: lower case, accents stripped if so.</summary>
    private static BertNormalization Configured(string path)
    {
        if (!File.Exists(path))
        {
            return BertNormalization.Uncased;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Checked(path)));
            bool lowercase = JsonSettings.Flag(document.RootElement, "do_lower_case") ?? true;
            return new BertNormalization(
                lowercase,
                JsonSettings.Flag(document.RootElement, "strip_accents") ?? lowercase,
                JsonSettings.Flag(document.RootElement, "tokenize_chinese_chars") ?? true);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{ConfigFile} beside it is not JSON: {e.Message}", e);
        }
    }
}
