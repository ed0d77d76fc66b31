using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Portable.Generation;
using EdgeFlora.Learning.Training;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>A language model in training with TorchSharp.</summary>
internal sealed class TorchLanguageTuning : TorchTraining, ILanguageTuning
{
    // Scores of one part in fp32: 64 MB, and as much for their gradient.
    private const int ScoresPerPart = 1 << 24;
    private const int TokensPerPass = 8192;
    private const int TextsPerPass = 8;

    private readonly IReadOnlyList<LanguageSequence> training;
    private readonly ILanguageModel network;
    private int targets;

    public TorchLanguageTuning(TorchDevice device, BaseModel model, AdaptedModel adapted, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
        : base(
            device, model, adapted, [.. training.Select(text => text.Ids)],
            TorchIdentity.Of(TaskIdentity.Of(model, adapted.Trained, [.. training.Select(text => text.Ids)], [.. training.Select(text => text.FirstTarget)], plan), device), plan)
    {
        this.training = training;
        network = (ILanguageModel)model.Network;
        LanguageFit.Check(training, model);
    }

    public LanguageMetrics Evaluate(IReadOnlyList<LanguageSequence> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count, nameof(examples));
        LanguageFit.Check(examples, Model);

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

        long count = examples.Sum(example => (long)example.Targets);
        return new LanguageMetrics(count, loss / count, loss / Math.Log(2) / examples.Sum(example => example.Bytes));
    }

    /// <remarks>Keeps no keys and values: every token reads its whole text again. For many texts the portable engine, which keeps them, is the better one.</remarks>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        List<TextInProgress> texts = TextGenerator.Begin(Model, prompts, options);
        foreach (TextInProgress[] group in texts.Chunk(TextsPerPass))
        {
            List<TextInProgress> growing = [.. group];
            while (growing.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                float[] scores = Infer((operations, tokens) => Read(LastScores(operations, tokens, growing)));
                for (int i = 0; i < growing.Count; i++)
                {
                    growing[i].Append(scores.AsSpan(i * network.VocabularySize, network.VocabularySize));
                }

                growing.RemoveAll(text => text.IsFinished);
            }
        }

        return [.. texts.Select(text => text.Finished())];
    }

    protected override void Prepare()
    {
        targets = 0;
        foreach (int index in Batch)
        {
            targets += training[index].Targets;
        }
    }

    protected override Tensor Loss(TorchOperations operations, TokenBatch tokens, Range part) =>
        Sum(operations, tokens, [.. Batch[part].ToArray().Select(index => training[index])]).div(targets);

    /// <summary>Sum of the cross-entropies of all tokens to predict, in parts: scores of a large vocabulary take more memory than the model.</summary>
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

    private Tensor LastScores(TorchOperations operations, TokenBatch tokens, List<TextInProgress> growing)
    {
        tokens.Clear();
        foreach (TextInProgress text in growing)
        {
            tokens.Add(text.Ids, text.Ids.Length);
        }

        return network.Logits(operations, network.Encode(operations, tokens), tokens.Ends);
    }
}
