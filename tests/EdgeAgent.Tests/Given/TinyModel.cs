using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>A base model of a few hundred zeros: these tests train with an engine that never looks at it.</summary>
internal static class TinyModel
{
    private static readonly BertConfig Config = new()
    {
        VocabularySize = 7,
        HiddenSize = 2,
        Layers = 1,
        Heads = 1,
        IntermediateSize = 2,
        MaxPositions = 8,
    };

    /// <param name="weight">Every weight: models with different ones are different models.</param>
    public static BaseModel Load(string folder, float weight = 0)
    {
        Directory.CreateDirectory(folder);
        Config.Write(Path.Combine(folder, "config.json"));
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"]);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [
                .. new BertModel(Config, pooler: false).Layout.Parameters.Select(
                    p => new TensorData(p.Name, p.Shape, Enumerable.Repeat(weight, (int)p.Length).ToArray())),
            ]);
        return BaseModel.Load(folder);
    }
}
