using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>A made model folder: two query and value layers [6 × 4], as a BERT of width 4 would have them. The coordinator reads no more of a model than this.</summary>
internal static class BaseModel
{
    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{ "model_type": "bert", "hidden_size": 4 }""");
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [
                .. new[] { "query", "value" }.SelectMany(target => Enumerable.Range(0, 2).Select(layer =>
                    new TensorData($"bert.encoder.layer.{layer}.attention.self.{target}.weight", [6, 4], new float[24]))),
            ]);
        return folder;
    }
}
