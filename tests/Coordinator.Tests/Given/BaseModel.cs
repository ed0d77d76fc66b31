using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>
/// Made model folders: two query and value layers [6 × 4], as a BERT or LLaMA of width 4 would have them. The coordinator reads no more of a model
/// than this.
/// </summary>
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

    /// <param name="outputs">Whether the checkpoint has weights that score tokens.</param>
    public static string WriteDecoder(string folder, bool outputs = true)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{ "model_type": "llama", "hidden_size": 4 }""");
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [
                .. new[] { "q_proj", "v_proj" }.SelectMany(target => Enumerable.Range(0, 2).Select(layer =>
                    new TensorData($"model.layers.{layer}.self_attn.{target}.weight", [6, 4], new float[24]))),
                .. outputs ? [new TensorData("lm_head.weight", [9, 4], new float[36])] : Array.Empty<TensorData>(),
            ]);
        return folder;
    }
}
