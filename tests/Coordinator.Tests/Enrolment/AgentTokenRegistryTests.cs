using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Enrolment;

public sealed class AgentTokenRegistryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new();
    private readonly ServiceStore store;
    private readonly AgentTokenRegistry tokens;

    public AgentTokenRegistryTests()
    {
        store = ServiceStore.TryLead(new SqliteDatabase(folder["state.db"]), "test", new StoreAccess { Time = time })!;
        tokens = new AgentTokenRegistry(store, time);
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_token_counts_as_often_as_it_says_also_for_the_next_service()
    {
        CreatedAgentToken twice = tokens.Create(new NewAgentToken { Uses = 2, Labels = new Dictionary<string, string> { ["site"] = "a" } }, "olga");

        Assert.Equal("a", tokens.Take(twice.Secret)!.Labels["site"]);
        var next = new AgentTokenRegistry(store, time);
        Assert.Equal((1, "olga"), (Assert.Single(next.List()).UsesLeft, next.List()[0].By));
        Assert.NotNull(next.Take(twice.Secret));
        Assert.Null(next.Take(twice.Secret));
        Assert.Empty(new AgentTokenRegistry(store, time).List());
    }

    [Fact]
    public void A_token_expires_to_the_second()
    {
        CreatedAgentToken token = tokens.Create(new NewAgentToken { LifetimeSeconds = 60, Uses = 2 }, "olga");

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull(tokens.Take(token.Secret));
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(tokens.Take(token.Secret));
        Assert.Empty(tokens.List());
    }

    [Fact]
    public void Wrong_and_revoked_tokens_do_not_count()
    {
        CreatedAgentToken token = tokens.Create(new NewAgentToken(), "olga");
        Assert.All(["", "efa_", token.Secret[..^1], token.Secret + "A", token.Token.Id], secret => Assert.Null(tokens.Take(secret)));

        tokens.Revoke(token.Token.Id);

        Assert.Null(tokens.Take(token.Secret));
        Assert.Equal(ProblemCode.NotFound, Assert.Throws<ServiceRefusedException>(() => tokens.Revoke(token.Token.Id)).Code);
    }

    [Fact]
    public void A_use_that_came_to_nothing_is_given_back_unless_the_token_was_revoked_meanwhile()
    {
        CreatedAgentToken token = tokens.Create(new NewAgentToken(), "olga");
        CreatedAgentToken other = tokens.Create(new NewAgentToken { Uses = 2 }, "olga");

        tokens.GiveBack(tokens.Take(token.Secret)!, token.Secret);
        AgentTokenSummary taken = tokens.Take(other.Secret)!;
        tokens.Revoke(other.Token.Id);
        tokens.GiveBack(taken, other.Secret);

        Assert.Equal(1, Assert.Single(tokens.List()).UsesLeft);
        Assert.NotNull(tokens.Take(token.Secret));
        Assert.Null(tokens.Take(other.Secret));
    }

    [Fact]
    public void The_secret_is_nowhere_in_the_store()
    {
        CreatedAgentToken token = tokens.Create(new NewAgentToken(), "olga");

        Assert.All(store.AgentTokens(), row => Assert.DoesNotContain(token.Secret[4..], row.Body, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 900, null, "a", "uses is 0; it must be 1 … 10000")]
    [InlineData(10_001, 900, null, "a", "uses is 10001; it must be 1 … 10000")]
    [InlineData(1, 0, null, "a", "lifetimeSeconds is 0; it must be 1 … 2592000")]
    [InlineData(1, 2_592_001, null, "a", "lifetimeSeconds is 2592001; it must be 1 … 2592000")]
    [InlineData(1, 900, "Pump 1", "a", "agent is 'Pump 1'; a name has 1 … 64 of the characters a-z, 0-9 and -")]
    [InlineData(2, 900, "pump", "a", "uses is 2 for one agent; it must be 1")]
    [InlineData(1, 900, null, "a b", "'a b' can't be a label's key or value; use 1 … 63 letters, digits, '.', '_' and '-'")]
    public void What_cannot_be_is_told(int uses, int seconds, string? agent, string label, string told)
    {
        var asked = new NewAgentToken { Uses = uses, LifetimeSeconds = seconds, Agent = agent, Labels = new Dictionary<string, string> { [label] = "b" } };

        ServiceRefusedException refused = Assert.Throws<ServiceRefusedException>(() => tokens.Create(asked, "olga"));

        Assert.Equal((ProblemCode.InvalidInput, told), (refused.Code, refused.Message));
        Assert.Empty(tokens.List());
    }
}
