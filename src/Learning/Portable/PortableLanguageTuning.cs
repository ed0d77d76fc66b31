using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable.Generation;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>A language model in training on the processor.</summary>
internal sealed class PortableLanguageTuning : ShardedTraining, ILanguageTuning
{
    // Scores of one part: 16 MB, and as much for their gradient.
    private const int ScoresPerPart = 1 << 22;

    private readonly IReadOnlyList<LanguageSequence> training;
    private readonly ILanguageModel network;
    private int targets;

    public PortableLanguageTuning(BaseModel model, AdaptedModel adapted, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
        : base(
            model, adapted, [.. training.Select(sequence => sequence.Ids)],
            TaskIdentity.Of(model, adapted.Trained, [.. training.Select(sequence => sequence.Ids)], [.. training.Select(sequence => sequence.FirstTarget)], plan), plan)
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
        Shards.Cut([.. examples.Select(example => example.Ids)], [.. Enumerable.Range(0, examples.Count)]);
        double[] losses = new double[Shards.Count];
        Crew.Infer(
            Shards.Count,
            (tape, tokens, shard) =>
            {
                tokens.Clear();
                foreach (int i in Enumerable.Range(0, examples.Count).Take(Shards[shard]))
                {
                    tokens.AddText(examples[i].Ids, examples[i].FirstTarget);
                }

                return losses[shard] = Loss(tape, tokens, 1);
            },
            cancellationToken);
        return LanguageMetrics.Of(examples.Sum(example => (long)example.Targets), losses.Sum(), examples.Sum(example => example.Bytes));
    }

    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new TextGenerator(Model, network, Crew).Run(prompts, options, cancellationToken);
    }

    protected override void Prepare()
    {
        targets = 0;
        foreach (int index in Batch)
        {
            targets += training[index].Targets;
        }
    }

    protected override double Loss(Tape tape, TokenBatch tokens, Range part)
    {
        tokens.Clear();
        foreach (int index in Batch[part])
        {
            tokens.AddText(training[index].Ids, training[index].FirstTarget);
        }

        return Loss(tape, tokens, 1f / targets);
    }

    private double Loss(Tape tape, TokenBatch tokens, float weight)
    {
        Activation hidden = network.Encode(tape, tokens);
        return tape.InParts(
            hidden,
            tokens.Predictions,
            Math.Max(1, ScoresPerPart / network.VocabularySize),
            (network, tape, hidden, tokens, weight),
            static (part, rows) => part.tape.CrossEntropy(
                part.network.Logits(part.tape, part.hidden, part.tokens.TargetRows[rows]), part.tokens.Targets[rows], part.weight));
    }
}
