using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Learning.Pretraining;

/// <summary>An encoder with its masked-language head, all weights trained.</summary>
internal sealed class MaskedLanguageModel
{
    /// <summary>Initial weights as published: N(0, 0.02²) for matrices, 1 for the gains of norms, 0 for biases.</summary>
    public MaskedLanguageModel(BertConfig config, ulong seed)
    {
        Network = new BertModel(config, pooler: false);
        Head = new MaskedLanguageHead(Network, Network.Layout);
        IReadOnlyList<Parameter> parameters = Network.Layout.Parameters;
        Trained = new TrainedWeights(parameters.Select(parameter => (parameter.Name, parameter.Length, parameter.Shape.Count == 2)));
        for (int i = 0; i < parameters.Count; i++)
        {
            Initialise(parameters[i], Trained.Of(Trained.Tensors[i]), seed);
            Weights.Train(parameters[i], Trained.Bind(Trained.Tensors[i]));
        }
    }

    public BertModel Network { get; }

    public MaskedLanguageHead Head { get; }

    public TrainedWeights Trained { get; }

    public Weights Weights { get; } = new();

    private static void Initialise(Parameter parameter, Span<float> values, ulong seed)
    {
        if (parameter.Shape.Count == 1)
        {
            values.Fill(parameter.Name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? 1 : 0);
            return;
        }

        var random = SeededRandom.For(seed, parameter.Name);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(0.02 * random.NextGaussian());
        }
    }
}
