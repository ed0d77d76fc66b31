using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Llama;

namespace EdgeFlora.Cli.Tests.Commands.Train;

/// <summary>Writes the folder of a decoder with random weights, small enough for tests.</summary>
internal static class SmallLlama
{
    private static readonly string[] Words = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {"model_type": "llama", "vocab_size": 12, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 16,
             "max_position_embeddings": 32, "rms_norm_eps": 1e-6, "tie_word_embeddings": true, "hidden_act": "silu"}
            """);
        string[] tokens = ["<s>", "</s>", "<unk>", ".", .. Words];
        string vocabulary = string.Join(", ", tokens.Select((token, id) => $"\"{token}\": {id}"));
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), $$"""
            {"added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 1, "content": "</s>", "special": true}, {"id": 2, "content": "<unk>", "special": true}],
             "normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": null,
             "post_processor": {"type": "BertProcessing", "cls": ["<s>", 0], "sep": ["</s>", 1]},
             "model": {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": { {{vocabulary}} } } }
            """);
        var model = new LlamaModel(
            new LlamaConfig
            {
                VocabularySize = 12,
                HiddenSize = 8,
                Layers = 1,
                Heads = 2,
                KeyHeads = 1,
                HeadWidth = 4,
                IntermediateSize = 16,
                MaxPositions = 32,
                TiedEmbeddings = true,
                Windows = [null],
                Rotary = new RotaryTable([1, 0.01], interleaved: false),
            },
            outputWeights: false);
        SafetensorsWriter.Write(
            Path.Combine(folder, SafetensorsSet.SingleName), [.. model.Layout.Parameters.Select(p => new TensorData(p.Name, p.Shape, Values(p)))]);
        return folder;
    }

    /// <summary>Rows of prompts and completions: the number after the one given.</summary>
    public static string WriteData(string folder)
    {
        string file = Path.Combine(folder, "numbers.jsonl");
        IEnumerable<string> rows = Enumerable.Range(0, 40)
            .Select(i => $$"""{"prompt": "{{Words[i % 8]}} ", "completion": "{{Words[(i + 1) % 8]}}"}""");
        File.WriteAllLines(file, rows);
        return file;
    }

    private static float[] Values(Parameter parameter)
    {
        var random = SeededRandom.For(1, parameter.Name);
        return [.. Enumerable.Range(0, parameter.Length).Select(_ => (float)((parameter.Shape.Count == 1 ? 1 : 0) + (0.3 * random.NextGaussian())))];
    }
}
