namespace EdgeFlora.Cli.Tests.Commands.Coordinator;

/// <summary>What <c>edgeflora coordinator copy-bodies</c> refuses by itself; what it does is tested with the services that go on.</summary>
public sealed class CopyBodiesCommandTests : IDisposable
{
    private const string Url = "\"postgres://u@127.0.0.1:1/d\"";

    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-bodies-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Both_configurations_are_needed()
    {
        (int code, _, string error) = await CommandRunner.RunAsync("coordinator", "copy-bodies");

        Assert.Equal(2, code);
        Assert.Contains("'--from' is required", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "store: {url: U}", "--from ", "old.yaml names no database; give store.url")]
    [InlineData("store: {url: U}", "{}", "--config ", "new.yaml names no database; give store.url")]
    [InlineData("store: {url: U}", "store: {url: U}", "--from and --config both say that bodies are in the state folder", "own tools")]
    [InlineData(
        "store: {url: U}", "store: {url: U, bodies: s3}", "", "store.bodies is s3, but s3.bucket is missing; name the bucket for bodies")]
    [InlineData(
        "store: {url: U}", "store: {url: \"postgres://u@127.0.0.1:1/other\", bodies: postgres}", "--from is of a service in PostgreSQL database 'd'",
        "both must name the same database")]
    public async Task Places_that_do_not_fit_are_refused(string before, string after, string begins, string says)
    {
        (int code, _, string error) = await RunAsync(before, after);

        Assert.Equal(2, code);
        Assert.Contains(begins, error, StringComparison.Ordinal);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(root, "state")));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_ends_it_with_a_sentence()
    {
        (int code, string said, string error) = await RunAsync("store: {url: U}", "store: {url: U, bodies: postgres}");

        Assert.NotEqual(0, code);
        string way = $"from the state folder '{Path.Combine(root, "state")}' to PostgreSQL database 'd' at 127.0.0.1:1";
        Assert.Contains(way, said, StringComparison.Ordinal);
        Assert.Contains("PostgreSQL database 'd' at 127.0.0.1:1", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string before, string after)
    {
        string from = Write("old.yaml", before);
        string to = Write("new.yaml", after);
        return await CommandRunner.RunAsync("coordinator", "copy-bodies", "--from", from, "--config", to);
    }

    private string Write(string name, string settings)
    {
        string file = Path.Combine(root, name);
        string store = settings == "{}" ? "" : settings.Replace("U", Url, StringComparison.Ordinal);
        File.WriteAllText(file, $"state: state\n{store}\n");
        return file;
    }
}
