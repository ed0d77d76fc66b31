using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>A language model in training with TorchSharp.</summary>
internal sealed class TorchLanguageTuning : TorchTraining, ILanguageTuning
{
    // Scores of one part in fp32: 64 MB, and as much for their gradient.
    private const int ScoresPerPart = 1 << 24;
    private const int TokensPerPass = 8192;

    private readonly LanguageStart task;
    private readonly ILanguageModel network;
    private int targets;

    public TorchLanguageTuning(TorchDevice device, LanguageStart start)
        : base(device, start.Training)
    {
        task = start;
        network = start.Network;
    }

    public LanguageMetrics Evaluate(IReadOnlyList<LanguageSequence> examples, CancellationToken cancellationToken)
    {
        task.RequireMeasurable(examples);

        // Texts of like length share a pass, so that little of it is padding.
        int[] byLength = [.. Enumerable.Range(0, examples.Count).OrderBy(i => examples[i].Ids.Length)];
        var passes = new Shards(TokensPerPass);
        passes.Cut([.. examples.Select(example => example.Ids)], byLength);
        double loss = 0;
        for (int pass = 0; pass < passes.Count; pass++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LanguageSequence[] texts = [.. byLength[passes[pass]].Select(i => examples[i])];
            loss += Infer((operations, tokens) => Sum(operations, tokens, texts).item<float>());
        }

        return LanguageMetrics.Of(loss, examples);
    }

    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return WithoutGradients(
            (weights, tokens) => new TorchTextGenerator(Model, network, weights, Device, tokens).Run(prompts, options, cancellationToken));
    }

    protected override void Prepare() => targets = task.Targets(Batch);

    protected override Tensor Loss(TorchOperations operations, TokenBatch tokens, Range part) =>
        Sum(operations, tokens, [.. Batch[part].ToArray().Select(index => task.Texts[index])]).div(Scalars.Of(targets));

    /// <summary>
    /// Sum of the cross-entropies of all tokens to predict, in parts: scores of a large vocabulary take more memory than the model.
    /// </summary>
    private Tensor Sum(TorchOperations operations, TokenBatch tokens, LanguageSequence[] texts)
    {
        tokens.Clear();
        foreach (LanguageSequence text in texts)
        {
            tokens.AddText(text.Ids, text.FirstTarget);
        }

        Tensor hidden = network.Encode(operations, tokens);
        int rows = Math.Max(1, ScoresPerPart / network.VocabularySize);
        var sums = new List<Tensor>();
        for (int first = 0; first < tokens.Predictions; first += rows)
        {
            Range part = first..Math.Min(first + rows, tokens.Predictions);
            Tensor scores = network.Logits(operations, hidden, tokens.TargetRows[part]).to(ScalarType.Float32);
            Tensor wanted = tensor(tokens.Targets[part].ToArray(), device: Device.Device).to(ScalarType.Int64);
            sums.Add(nn.functional.cross_entropy(scores, wanted, reduction: nn.Reduction.Sum));
        }

        return stack(sums).sum();
    }
}
