using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>Writes a Hugging Face folder of a BERT that is small enough for tests.</summary>
internal static class TinyBert
{
    public static readonly string[] Words =
        ["red", "green", "blue", "grey", "one", "two", "three", "four", "cat", "dog", "cow", "hen", "runs", "sits", "eats", "sleeps"];

    private static readonly string[] Gains =
        ["LayerNorm.weight", "layer_norm.weight", ".ln.weight", "layernorm.weight", ".norm.weight", ".ln_1.weight", ".ln_2.weight", ".ln_f.weight"];

    public static readonly BertConfig Config = new()
    {
        VocabularySize = 5 + 16,
        HiddenSize = 16,
        Layers = 2,
        Heads = 2,
        IntermediateSize = 32,
        MaxPositions = 12,
    };

    /// <param name="change">Alters the tensors before they are written: for folders that must be refused.</param>
    /// <param name="type">Number type of all tensors in the file.</param>
    public static void Write(
        string folder, bool pooler = false, Action<Dictionary<string, TensorData>>? change = null, TensorType type = TensorType.F32)
    {
        Config.Write(Path.Combine(folder, "config.json"));
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Words]);
        Dictionary<string, TensorData> tensors = new BertModel(Config, pooler).Layout.Parameters
            .ToDictionary(
                parameter => parameter.Name,
                parameter => new TensorData(parameter.Name, parameter.Shape, Values(parameter.Name, parameter.Length), type),
                StringComparer.Ordinal);
        change?.Invoke(tensors);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors.Values);
    }

    /// <summary>A folder of other sizes.</summary>
    public static void Write(string folder, BertConfig config, TensorType type = TensorType.F32)
    {
        Write(folder);
        config.Write(Path.Combine(folder, "config.json"));
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [.. new BertModel(config, pooler: false).Layout.Parameters.Select(p => new TensorData(p.Name, p.Shape, Values(p.Name, p.Length), type))]);
    }

    /// <summary>Its tokenizer as pre-training takes it.</summary>
    public static WordPieceTokenizer Tokenizer() => new(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Words], BertNormalization.Uncased);

    public static BaseModel Load(bool pooler = false)
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, pooler);
        return BaseModel.Load(folder.Path);
    }

    /// <summary>Numbers from −0.5 to 0.5 (around 1 for the gains of norms) by a formula that the scripts in Reference follow too.</summary>
    public static float[] Values(string name, int count)
    {
        long offset = name.Sum(character => (long)character) * 104_729;
        double mean = Gains.Any(ending => name.EndsWith(ending, StringComparison.Ordinal)) ? 1 : 0;
        return [.. Enumerable.Range(0, count).Select(i => (float)(((((i * i * 31L) + (i * 7919L) + offset) % 2003) / 2003.0) - 0.5 + mean))];
    }
}
