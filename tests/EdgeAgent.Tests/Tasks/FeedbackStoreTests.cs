using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Tasks;

public sealed class FeedbackStoreTests : IDisposable
{
    private static readonly AdapterShape Shape = AdapterShape.Of(Offers.Global);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_staged_survives_a_restart_and_counts_once()
    {
        Stage("task");

        Assert.Equal(0, Open().Load(Offers.Run, Shape).Norm);
        Open().Settle(Offers.Run, Shape, "task", counted: true);
        double norm = Open().Load(Offers.Run, Shape).Norm;
        Open().Settle(Offers.Run, Shape, "task", counted: true);

        Assert.True(norm > 0);
        Assert.Equal(norm, Open().Load(Offers.Run, Shape).Norm);
    }

    [Fact]
    public void What_did_not_count_is_forgotten()
    {
        Stage("task");

        Open().Settle(Offers.Run, Shape, "task", counted: false);
        Open().Settle(Offers.Run, Shape, "task", counted: true);

        Assert.Equal(0, Open().Load(Offers.Run, Shape).Norm);
    }

    [Fact]
    public void A_damaged_file_begins_anew()
    {
        Stage("task");
        File.WriteAllText(Directory.GetFiles(folder.In("feedback"))[0], "EFEF");

        Assert.Equal(0, Open().Load(Offers.Run, Shape).Norm);
    }

    private void Stage(string task)
    {
        FeedbackStore store = Open();
        ErrorFeedback feedback = store.Load(Offers.Run, Shape);
        feedback.Encode(AdapterCodec.Parse("int4"), Offers.Global, reference: null, task);
        store.Save(Offers.Run, feedback);
    }

    private FeedbackStore Open() => new(folder.Path, NullLogger.Instance);
}
