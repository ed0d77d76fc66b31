using System.Text.Json;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Tests.Ranks;

public sealed class AgentRanksTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Theory]
    [InlineData(null, 24)]
    [InlineData(0, 3)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(15, 8)]
    [InlineData(16, 16)]
    [InlineData(23, 16)]
    [InlineData(24, 24)]
    [InlineData(1024, 24)]
    public void Memory_gives_powers_of_two_between_the_bounds(int? fits, int rank) => Assert.Equal(rank, new RanksByMemory(3, 24).Of(Nothing, fits));

    [Theory]
    [InlineData(24, 12, 8)]
    [InlineData(24, 30, 16)]
    [InlineData(24, null, null)]
    [InlineData(16, 16, 8)]
    [InlineData(4, 3, 3)]
    [InlineData(4, 2, null)]
    [InlineData(3, 3, null)]
    [InlineData(3, null, null)]
    public void A_declined_rank_goes_down_to_what_was_proposed_and_not_below_the_least(int declined, int? proposed, int? rank) =>
        Assert.Equal(rank, new RanksByMemory(3, 24).After(declined, proposed));

    [Fact]
    public void The_first_selector_that_fits_counts()
    {
        var ranks = new RanksByLabel(8, [new(LabelSelector.Parse("site=clinic"), 2), new(LabelSelector.Parse("gpu"), 32)]);

        Assert.Equal(32, ranks.Highest);
        Assert.Equal(8, ranks.Of(Nothing, fits: 1));
        Assert.Equal(2, ranks.Of(new Dictionary<string, string> { ["gpu"] = "yes", ["site"] = "clinic" }, fits: null));
        Assert.Equal(32, ranks.Of(new Dictionary<string, string> { ["gpu"] = "yes" }, fits: null));
        Assert.Null(ranks.After(8, 2));
    }

    [Theory]
    [InlineData("""{"min":3,"max":24}""")]
    [InlineData("""{"default":8,"by":{"site=clinic":2,"gpu":32}}""")]
    [InlineData("null")]
    public void They_are_stored_with_the_run_and_read_back(string json)
    {
        LoraOptions? read = JsonSerializer.Deserialize<LoraOptions>($$"""{"Ranks":{{json}}}""");

        Assert.Equal(json, JsonSerializer.SerializeToNode(read)!["Ranks"]?.ToJsonString() ?? "null");
    }

    [Theory]
    [InlineData("""{"min":3}""")]
    [InlineData("""{"default":8,"by":{"site on":2}}""")]
    [InlineData("""{"default":8,"by":[]}""")]
    [InlineData("[]")]
    public void What_is_none_is_no_JSON_of_them(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<AgentRanks>(json));
}
