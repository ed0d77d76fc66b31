using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Torch.Tests.Given;

/// <summary>Texts and an adapter for the decoders of <see cref="Learning.Tests.Models.TinyDecoder"/>.</summary>
internal static class DecoderTask
{
    private static readonly string[] Targets =
        ["c_attn", "c_proj", "c_fc", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>Rank 2 on every linear layer, with a B that is not zero.</summary>
    public static LoraAdapter Adapter(BaseModel model)
    {
        var random = new SeededRandom(9);
        Matrix Numbers(int rows, int columns) =>
            new(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => (float)(0.3 * random.NextGaussian()))]);
        LinearLayer[] layers = [.. model.Network.Layout.Linears.Where(
            layer => Targets.Any(end => layer.Name.EndsWith($".{end}", StringComparison.Ordinal)))];
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = Targets },
            layers.Select(layer => KeyValuePair.Create(layer.Name, new LoraFactors(Numbers(2, layer.Inputs), Numbers(layer.Outputs, 2)))));
    }

    /// <summary>Texts of 3 to 9 tokens, of which the first one to three are given.</summary>
    public static List<LanguageSequence> Texts()
    {
        var random = new SeededRandom(4);
        return [.. Enumerable.Range(0, 30).Select(
            i => new LanguageSequence([0, .. Enumerable.Range(0, 2 + (i % 7)).Select(_ => 4 + random.NextInt(17))], 1 + (i % 2), 8))];
    }
}
