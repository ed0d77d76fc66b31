using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Integration.Tests.Given;

/// <summary>A BERT with random weights, small enough to train in moments, and sentences it can learn to tell apart.</summary>
internal static class RandomBert
{
    public static readonly string[] Labels = ["animal", "colour"];

    private static readonly string[] Colours = ["red", "green", "blue", "grey"];
    private static readonly string[] Animals = ["cat", "dog", "cow", "hen"];
    private static readonly string[] Fillers = ["one", "two", "three", "four", "the", "is", "was", "here"];

    private static readonly BertConfig Config = new()
    {
        VocabularySize = 5 + 16,
        HiddenSize = 16,
        Layers = 2,
        Heads = 2,
        IntermediateSize = 32,
        MaxPositions = 12,
    };

    public static BaseModel Write(string folder)
    {
        Directory.CreateDirectory(folder);
        Config.Write(Path.Combine(folder, "config.json"));
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Colours, .. Animals, .. Fillers]);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"), [.. new BertModel(Config, pooler: false).Layout.Parameters.Select(Tensor)]);
        return BaseModel.Load(folder);
    }

    /// <summary>JSONL of sentences of four words, one of them a colour or an animal.</summary>
    public static string WriteData(string file, int examples, int seed)
    {
        var random = SeededRandom.For((ulong)seed, "sentences");
        string Pick(string[] words) => words[random.NextInt(words.Length)];
        File.WriteAllLines(file, Enumerable.Range(0, examples).Select(_ =>
        {
            int label = random.NextInt(2);
            string[] words = [Pick(Fillers), Pick(Fillers), Pick(label == 0 ? Animals : Colours), Pick(Fillers)];
            return $$"""{"text": "{{string.Join(' ', words)}}", "label": "{{Labels[label]}}"}""";
        }));
        return file;
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
