using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tokenizers;
using EdgeFlora.Storage;

namespace EdgeFlora.Learning.Pretraining;

/// <summary>Writes a Hugging Face folder: configuration, weights in bf16, tokenizer and model card.</summary>
internal static class ModelFolder
{
    public static void Write(string folder, MaskedLanguageModel model, WordPieceTokenizer tokenizer, ModelCard card)
    {
        Directory.CreateDirectory(folder);
        model.Network.Config.Write(Path.Combine(folder, "config.json"));
        tokenizer.Save(folder);
        var tensors = new List<TensorData>();
        for (int i = 0; i < model.Trained.Tensors.Count; i++)
        {
            Parameter parameter = model.Network.Layout.Parameters[i];
            WeightBinding binding = model.Trained.Bind(model.Trained.Tensors[i]);
            tensors.Add(new TensorData(parameter.Name, parameter.Shape, binding.Value, TensorType.BF16));
        }

        SafetensorsWriter.Write(Path.Combine(folder, SafetensorsSet.SingleName), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        string text = card.Text(model.Trained.Length);
        AtomicFile.Write(Path.Combine(folder, "README.md"), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
    }
}
