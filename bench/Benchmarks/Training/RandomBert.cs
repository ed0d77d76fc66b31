using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Benchmarks.Training;

/// <summary>A BERT of any size with random weights: how fast a step is does not depend on what the model knows.</summary>
internal static class RandomBert
{
    public const string Word = "word";

    public static BaseModel Load(BertConfig config)
    {
        string folder = Directory.CreateTempSubdirectory("edgeflora-benchmark-").FullName;
        try
        {
            return Write(config, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static BaseModel Write(BertConfig config, string folder)
    {
        config.Write(Path.Combine(folder, "config.json"));
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", Word]);
        SafetensorsWriter.Write(
            Path.Combine(folder, SafetensorsSet.SingleName),
            [.. new BertModel(config, pooler: false).Layout.Parameters.Select(p => new TensorData(p.Name, p.Shape, Values(p)))]);
        return BaseModel.Load(folder);
    }

    private static float[] Values(Parameter parameter)
    {
        var random = SeededRandom.For(1, parameter.Name);
        float mean = parameter.Name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? 1 : 0;
        float[] values = new float[parameter.Length];
        foreach (ref float value in values.AsSpan())
        {
            value = mean + (0.04f * (random.NextSingle() - 0.5f));
        }

        return values;
    }
}
