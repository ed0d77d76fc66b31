using EdgeFlora.Coordinator.Store.Postgres;
using Npgsql;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>What a server says while it is short of something, or breaks off, is no refusal.</summary>
public sealed class PostgresFailuresTests
{
    [Theory]
    [InlineData("57P01")]
    [InlineData("57P05")]
    [InlineData("25P03")]
    [InlineData("25P04")]
    [InlineData("53000")]
    [InlineData("53100")]
    [InlineData("53200")]
    [InlineData("53300")]
    [InlineData("58030")]
    [InlineData("08006")]
    public void The_same_may_work_later(string state) => Assert.True(PostgresFailures.IsOutage(Refused(state)));

    [Theory]
    [InlineData("42501")]
    [InlineData("42P01")]
    [InlineData("28P01")]
    public void The_same_is_refused_again(string state) => Assert.False(PostgresFailures.IsOutage(Refused(state)));

    private static PostgresException Refused(string state) => new("refused", "ERROR", "ERROR", state);
}
