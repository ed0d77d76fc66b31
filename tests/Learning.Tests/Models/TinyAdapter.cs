using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>Adapters of rank 2 on square layers of <see cref="TinyBert"/>, with values everywhere and a head of four labels.</summary>
internal static class TinyAdapter
{
    public static LoraAdapter Create(params string[] modules)
    {
        var random = new SeededRandom(11);
        int width = TinyBert.Config.HiddenSize;
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(0.3 * random.NextGaussian()))];
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = modules, ModulesToSave = ["classifier"] },
            modules.Select(module => KeyValuePair.Create(
                module, new LoraFactors(new Matrix(2, width, Numbers(2 * width)), new Matrix(width, 2, Numbers(2 * width))))),
            [KeyValuePair.Create("classifier.weight", new DenseTensor([4, width], Numbers(4 * width))), KeyValuePair.Create("classifier.bias", new DenseTensor([4], Numbers(4)))]);
    }
}
