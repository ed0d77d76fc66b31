using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Demo;

namespace EdgeFlora.Learning.Tests.Demo;

/// <summary>On the real packs of the SDK that runs the tests.</summary>
public sealed class DemoTaskTests : IClassFixture<DemoTaskTests.RealCorpus>
{
    private readonly SdkCorpus corpus;
    private readonly DemoTask first;
    private readonly DemoTask second;

    public DemoTaskTests(RealCorpus real) => (corpus, first, second) = (real.Corpus, real.First, real.Second);

    [Fact]
    public void Pre_training_training_and_test_share_no_sentence_and_no_twin_whatever_the_seed()
    {
        HashSet<string> pretraining = [.. DemoTask.PretrainingTexts(corpus).Select(text => SentenceFilter.Signature(AreaNames.Hide(text)))];

        Assert.True(pretraining.Count > 0.7 * corpus.Sentences.Count);
        Assert.NotEqual(first.Test, second.Test);
        foreach (DemoTask task in new[] { first, second })
        {
            List<string> training = [.. task.Training.Select(example => SentenceFilter.Signature(example.Text))];
            List<string> test = [.. task.Test.Select(example => SentenceFilter.Signature(example.Text))];
            Assert.Empty(training.Intersect(test, StringComparer.Ordinal));
            Assert.Empty(test.Concat(training).Intersect(pretraining, StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_task()
    {
        DemoTask again = DemoTask.Create(corpus, 1);

        Assert.Equal(first.Training, again.Training);
        Assert.Equal(first.Test, again.Test);
    }

    [Fact]
    public void Every_area_has_its_share_of_both_parts()
    {
        Assert.Equal(16, first.Labels.Count);
        for (int label = 0; label < first.Labels.Count; label++)
        {
            int training = first.Training.Count(example => example.Label == label);
            int test = first.Test.Count(example => example.Label == label);
            Assert.InRange(training, 100, 800);
            Assert.InRange(test, (training + test) / 10, (training + test) / 4);
        }
    }

    [Theory]
    [InlineData("Parses JSON and Xml-encoded text read by Sockets.", "Parses _ and _-encoded _ read by Sockets.")]
    [InlineData("The Linq, threading task of collections.", "The _, _ task of _.")]
    public void The_words_of_the_areas_namespaces_are_hidden(string text, string expected) => Assert.Equal(expected, AreaNames.Hide(text));

    [Fact]
    public void Agents_divide_the_training_pool_among_them()
    {
        IReadOnlyList<AgentData> agents = first.ForAgents(6, alpha: 0.3);

        Assert.Equal(
            first.Training.Select(example => example.Text).Order(StringComparer.Ordinal),
            agents.SelectMany(agent => agent.Training.Concat(agent.HeldOut)).Select(example => example.Text).Order(StringComparer.Ordinal));
        Assert.All(agents, agent => Assert.NotEmpty(agent.Training));
    }

    public sealed class RealCorpus
    {
        public SdkCorpus Corpus { get; } = SdkCorpus.Load(ReferencePacks.Locate());

        public DemoTask First => field ??= DemoTask.Create(Corpus, 1);

        public DemoTask Second => field ??= DemoTask.Create(Corpus, 2);
    }
}
