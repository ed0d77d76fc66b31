using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Benchmarks.Training;

/// <summary>A BERT of any size with random weights: how fast a step is does not depend on what the model knows.</summary>
internal static class RandomBert
{
    public const string Word = "word";

    /// <summary>Writes the model to a folder that is gone when this returns, and loads it; <paramref name="load"/> is called on the folder.</summary>
    public static T Load<T>(BertConfig config, TensorType type, Func<string, T> load)
    {
        string folder = Directory.CreateTempSubdirectory("edgeflora-benchmark-").FullName;
        try
        {
            Write(config, type, folder);
            return load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static BaseModel Load(BertConfig config) => Load(config, TensorType.F32, folder => BaseModel.Load(folder));

    /// <summary>Writes the model's folder and reads it.</summary>
    public static BaseModel Write(BertConfig config, string folder)
    {
        Write(config, TensorType.F32, folder);
        return BaseModel.Load(folder);
    }

    private static void Write(BertConfig config, TensorType type, string folder)
    {
        config.Write(Path.Combine(folder, "config.json"));
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", Word]);
        SafetensorsWriter.Write(
            Path.Combine(folder, SafetensorsSet.SingleName),
            [.. new BertModel(config, pooler: false).Layout.Parameters.Select(p => new TensorData(p.Name, p.Shape, Values(p), type))]);
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
