using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Options;

public sealed class PostgresOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void A_url_is_taken_apart_and_shown_without_its_password()
    {
        PostgresOptions read = PostgresOptions.Read("postgres://user%40site:se%2Fcret@db.example/fleet?sslmode=verify-full", "--store");

        Assert.Equal(("db.example", 5432, "fleet", "user@site", "se/cret"), (read.Host, read.Port, read.Database, read.User, read.Password));
        Assert.Equal("PostgreSQL database 'fleet' at db.example:5432", read.ToString());
        PostgresOptions other = read.With(lease: TimeSpan.FromSeconds(20), startTimeout: TimeSpan.FromMinutes(3)).With();
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(3)), (other.Lease, other.StartTimeout));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)), (read.With().Lease, read.With().StartTimeout));
    }

    [Theory]
    [InlineData("postgres://u@localhost/d", true)]
    [InlineData("postgresql://u@127.0.0.1:5433/d", true)]
    [InlineData("postgres://u@[::1]/d", true)]
    [InlineData("postgres://u@10.0.0.1/d", false)]
    [InlineData("postgres://u@localhost.example/d", false)]
    public void Only_a_server_on_this_machine_is_spoken_to_without_a_checked_certificate(string url, bool isLoopback) =>
        Assert.Equal(isLoopback, PostgresOptions.Read(url, "--store").IsLoopback);

    [Theory]
    [InlineData("mysql://u:hidden@h/d", "--store is not postgres://USER@HOST:PORT/DATABASE.")]
    [InlineData("hidden", "--store is not postgres://USER@HOST:PORT/DATABASE.")]
    [InlineData("postgres://u:hidden@h", "--store names no database; write postgres://USER@HOST:PORT/DATABASE.")]
    [InlineData("postgres://h/d", "--store names no user; write postgres://USER@HOST:PORT/DATABASE.")]
    [InlineData("postgres://u:hidden@h/d?sslmode=require", "--store says more than postgres://USER@HOST:PORT/DATABASE;")]
    public void What_is_wrong_is_said_by_the_settings_name_and_without_the_url(string url, string said)
    {
        CoordinatorOptionsException wrong = Assert.Throws<CoordinatorOptionsException>(() => PostgresOptions.Read(url, "--store"));

        Assert.StartsWith(said, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named_with_their_settings()
    {
        File.WriteAllText(folder["password"], "first line\nsecond");
        File.WriteAllText(folder["empty"], "\n");

        Assert.Equal("first line", PostgresOptions.Read("postgres://u@h/d", "--store", folder["password"]).Password);
        Assert.StartsWith(
            $"store.passwordFile is '{folder["empty"]}', whose first line is empty;", Wrong(password: folder["empty"]), StringComparison.Ordinal);
        Assert.StartsWith(
            $"store.passwordFile is '{folder["absent"]}', which cannot be read (", Wrong(password: folder["absent"]), StringComparison.Ordinal);
        Assert.StartsWith($"store.ca is '{folder["absent"]}', which is no file;", Wrong(ca: folder["absent"]), StringComparison.Ordinal);
        Assert.Throws<CoordinatorOptionsException>(() => PostgresOptions.Read("postgres://u@h/d", "--store").With(lease: TimeSpan.FromSeconds(2)));
    }

    public void Dispose() => folder.Dispose();

    private static string Wrong(string? password = null, string? ca = null) =>
        Assert.Throws<CoordinatorOptionsException>(() => PostgresOptions.Read("postgres://u@h/d", "--store", password, ca)).Message;
}
