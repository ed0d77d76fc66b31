using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable.Generation;
using EdgeFlora.Learning.Portable.Shapes;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>A language model in training on the processor.</summary>
internal sealed class PortableLanguageTuning : ShardedTraining, ILanguageTuning
{
    private readonly LanguageStart task;
    private readonly ILanguageModel network;
    private int targets;

    public PortableLanguageTuning(LanguageStart start)
        : base(start.Training)
    {
        task = start;
        network = start.Network;
    }

    public LanguageMetrics Evaluate(IReadOnlyList<LanguageSequence> examples, CancellationToken cancellationToken)
    {
        task.RequireMeasurable(examples);
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
        return LanguageMetrics.Of(losses.Sum(), examples);
    }

    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new TextGenerator(Model, network, Crew).Run(prompts, options, cancellationToken);
    }

    protected override void Prepare() => targets = task.Targets(Batch);

    protected override double Loss(Tape tape, TokenBatch tokens, Range part)
    {
        tokens.Clear();
        foreach (int index in Batch[part])
        {
            tokens.AddText(task.Texts[index].Ids, task.Texts[index].FirstTarget);
        }

        return Loss(tape, tokens, 1f / targets);
    }

    private double Loss(Tape tape, TokenBatch tokens, float weight)
    {
        Activation hidden = network.Encode(tape, tokens);
        return tape.InParts(
            hidden,
            tokens.Predictions,
            Math.Max(1, ShardMemory.ScoresPerPart / network.VocabularySize),
            (network, tape, hidden, tokens, weight),
            static (part, rows) => part.tape.CrossEntropy(
                part.network.Logits(part.tape, part.hidden, part.tokens.TargetRows[rows]), part.tokens.Targets[rows], part.weight));
    }
}
