using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Tests.Archives;

/// <summary>A made folder of a model, with files that belong to no model beside it.</summary>
internal static class ModelFolder
{
    public static string Write(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "sub"));
        File.WriteAllText(Path.Combine(folder, "config.json"), """{ "model_type": "bert", "hidden_size": 4 }""");
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), "[PAD]\n");
        File.WriteAllText(Path.Combine(folder, "LICENSE.txt"), "free\n");
        File.WriteAllText(Path.Combine(folder, "run_me.py"), "print()\n");
        File.WriteAllText(Path.Combine(folder, "sub", "config.json"), "{}");
        float[] weights = [.. Enumerable.Range(0, 15).Select(i => (float)i)];
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [new TensorData("weight", [3, 5], weights)]);
        SafetensorsWriter.Write(Path.Combine(folder, "other.safetensors"), [new TensorData("weight", [1], new float[1])]);
        return folder;
    }
}
