using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Demo;

/// <summary>The demo's classification task: which area of .NET does this sentence describe?</summary>
/// <remarks>
/// Names of types and members and the words of the areas' namespaces are written <c>_</c>. Three parts never share a sentence, nor twins of one
/// (equal content words): the texts for pre-training, fixed for ever by a hash; the training pool; the central test set. The seed divides the last
/// two.
/// </remarks>
public sealed class DemoTask
{
    private const double TestShare = 0.2;
    private readonly ulong seed;

    private DemoTask(ulong seed, IReadOnlyList<Example> training, IReadOnlyList<Example> test)
    {
        this.seed = seed;
        Training = training;
        Test = test;
    }

    /// <summary>Names of the areas; an example's label is an index into it.</summary>
    public IReadOnlyList<string> Labels { get; } = [.. DemoArea.All.Select(area => area.Label)];

    /// <summary>What agents may train on, by label, then text (ordinal).</summary>
    public IReadOnlyList<Example> Training { get; }

    /// <summary>The central held-out test set: about a fifth of each area, by label, then text (ordinal).</summary>
    public IReadOnlyList<Example> Test { get; }

    /// <summary>Divides the demo's sentences into training pool and test set.</summary>
    /// <exception cref="InvalidDataException">An area has too few sentences: the packs are not the .NET SDK's. The message names it.</exception>
    public static DemoTask Create(SdkCorpus corpus, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        var training = new List<Example>();
        var test = new List<Example>();
        ILookup<int, DemoSentence> byLabel = Sentences(corpus).ToLookup(sentence => sentence.Label);
        for (int label = 0; label < DemoArea.All.Count; label++)
        {
            (List<DemoSentence> kept, List<DemoSentence> heldOut) = HoldOut([.. byLabel[label]], SeededRandom.For(seed, "demo-test", label));
            if (kept.Count == 0 || heldOut.Count == 0)
            {
                throw new InvalidDataException(
                    $"The corpus (pack {corpus.Version}) has {byLabel[label].Count()} sentences on {DemoArea.All[label].Label} "
                    + $"({string.Join(", ", DemoArea.All[label].Namespaces)}); the demo needs some for training and for testing.");
            }

            training.AddRange(Examples(kept));
            test.AddRange(Examples(heldOut));
        }

        return new DemoTask(seed, training, test);
    }

    /// <summary>
    /// Everything the demo never uses, whatever its seed: the texts to pre-train on, about four fifths of the corpus, ordered (ordinal).
    /// </summary>
    public static IReadOnlyList<string> PretrainingTexts(SdkCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        return [.. corpus.Sentences.Where(sentence => DemoSentence.From(sentence) is null).Select(sentence => sentence.Text)];
    }

    /// <summary>Deals the training pool out to agents, each area by Dirichlet(α) proportions: small α gives each agent few areas.</summary>
    /// <param name="agents">Number of agents, ≥ 1.</param>
    /// <param name="alpha">Concentration α &gt; 0; 0.1 is very uneven, 100 nearly even.</param>
    /// <param name="heldOut">Fraction of its examples on which an agent measures itself, 0 … 1, exclusive.</param>
    public IReadOnlyList<AgentData> ForAgents(int agents, double alpha, double heldOut = 0.2) =>
        [.. Partition.Dirichlet(Training, agents, alpha, seed).Select((examples, agent) => AgentData.Split(examples, heldOut, seed, agent))];

    private static IEnumerable<DemoSentence> Sentences(SdkCorpus corpus)
    {
        var pretrained = new HashSet<string>(StringComparer.Ordinal);
        var sentences = new List<DemoSentence>();
        foreach (Sentence sentence in corpus.Sentences)
        {
            if (DemoSentence.From(sentence) is { } ours)
            {
                sentences.Add(ours);
            }
            else
            {
                pretrained.Add(SentenceFilter.Signature(AreaNames.Hide(sentence.Text)));
            }
        }

        // Hiding names makes some more twins: among the demo's sentences, and with sentences pre-trained on.
        return sentences
            .GroupBy(sentence => SentenceFilter.Signature(sentence.Text), StringComparer.Ordinal)
            .Where(twins => !pretrained.Contains(twins.Key) && twins.All(twin => twin.Label == twins.First().Label))
            .Select(twins => twins.First());
    }

    private static (List<DemoSentence> Kept, List<DemoSentence> HeldOut) HoldOut(List<DemoSentence> sentences, SeededRandom random)
    {
        List<DemoSentence>[] families =
            [.. sentences.GroupBy(s => s.Family, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.ToList())];
        random.Shuffle<List<DemoSentence>>(families);
        var kept = new List<DemoSentence>();
        var heldOut = new List<DemoSentence>();
        foreach (List<DemoSentence> family in families)
        {
            // A large family goes to training, so that no test set is one family's.
            bool fits = heldOut.Count + family.Count <= Math.Ceiling(TestShare * sentences.Count);
            (fits ? heldOut : kept).AddRange(family);
        }

        return (kept, heldOut);
    }

    private static IEnumerable<Example> Examples(List<DemoSentence> sentences) =>
        sentences.OrderBy(s => s.Text, StringComparer.Ordinal).Select(s => new Example(s.Text, TextPair: null, s.Label));
}
