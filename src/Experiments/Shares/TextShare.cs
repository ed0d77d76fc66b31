using System.Text;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Experiments.Shares;

/// <summary>Texts that somebody holds.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Sha256">Over all texts and labels: what a result depends on.</param>
internal sealed record TextShare(string Name, IReadOnlyList<Example> Training, IReadOnlyList<Example> HeldOut, string Sha256)
{
    public static TextShare Of(string name, IReadOnlyList<Example> training, IReadOnlyList<Example> heldOut)
    {
        var text = new StringBuilder();
        foreach (Example example in training.Append(null!).Concat(heldOut))
        {
            text.Append(example is null ? "\u0001" : $"{example.Text}\u0002{example.TextPair}\u0002{example.Label}\u0003");
        }

        return new TextShare(name, training, heldOut, ContentHash.Sha256(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
