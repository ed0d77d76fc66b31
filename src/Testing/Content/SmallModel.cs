using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Testing.Content;

/// <summary>A BERT with random weights, small enough to train in moments. The same words give the same weights.</summary>
internal static class SmallModel
{
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Its LoRA targets.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["query", "value", "dense"];

    /// <summary>Writes it to a folder.</summary>
    /// <param name="words">What it has tokens for, beside the special ones.</param>
    public static BaseModel Write(string folder, IReadOnlyList<string> words)
    {
        var config = new BertConfig
        {
            VocabularySize = Special.Length + words.Count,
            HiddenSize = 16,
            Layers = 2,
            Heads = 2,
            IntermediateSize = 32,
            MaxPositions = 12,
        };
        Directory.CreateDirectory(folder);
        config.Write(Path.Combine(folder, "config.json"));
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), [.. Special, .. words]);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"), [.. new BertModel(config, pooler: false).Layout.Parameters.Select(Tensor)]);
        return BaseModel.Load(folder);
    }

    private static TensorData Tensor(Parameter parameter)
    {
        var random = SeededRandom.For(5, parameter.Name);
        float mean = parameter.Name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? 1 : 0;
        return new TensorData(
            parameter.Name,
            parameter.Shape,
            Enumerable.Range(0, parameter.Length).Select(_ => mean + (float)(0.3 * random.NextGaussian())).ToArray());
    }
}
