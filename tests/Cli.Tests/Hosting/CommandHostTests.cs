using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Hosting;

public sealed class CommandHostTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-cli-").FullName;

    [Theory]
    [InlineData("--what", "'--what'")]
    [InlineData("sing", "'sing'")]
    [InlineData("demo --agents 1", "--agents is '1'; it must be 2 … 64 agents")]
    [InlineData("demo --agents many", "--agents is 'many'; it must be 2 … 64 agents")]
    [InlineData("demo --agents 3", "--agents is 3; the demo's faults need at least 4 agents, or add --calm")]
    [InlineData("demo --rounds 1", "--rounds is 1; the demo's faults need at least 2 rounds, or add --calm")]
    [InlineData("demo --strategy Best", "--strategy is 'Best'; it must be one of ")]
    [InlineData("demo --alpha 0", "--alpha is '0'; it must be 0.01 … 1000")]
    [InlineData("demo --alpha NaN", "--alpha is 'NaN'; it must be 0.01 … 1000")]
    [InlineData("demo --rank 65", "--rank is '65'; it must be 1 … 64")]
    [InlineData("demo --codec zip", "--codec is 'zip'; it must be one of fp32, fp16, bf16, int8, int4, topk")]
    [InlineData("demo --seed -1", "--seed is '-1'; it must be 0 … ")]
    [InlineData("demo --broker http://localhost", "--broker begins with http://; write amqp:// or amqps://")]
    [InlineData("demo --json /nowhere/at/all.json", "--json is '/nowhere/at/all.json'; give a file in a folder that exists")]
    [InlineData("demo --model /nowhere", "--model is '/nowhere', which is no folder")]
    [InlineData("coordinator --labels one", "--labels has 1 name(s)")]
    [InlineData("coordinator --labels a,b,a", "--labels names 'a' twice")]
    [InlineData("coordinator --rounds 3", "--labels is missing; classification needs")]
    [InlineData("coordinator --listen http://localhost:80", "--listen is 'http://localhost:80', but only --dev serves without TLS")]
    [InlineData("coordinator --task lm --labels a,b", "--labels is 'a,b', but --task is lm")]
    [InlineData("agent --name a --task poem", "--task is 'poem'; it must be one of classification, lm")]
    [InlineData("coordinator --labels a,b --strategy-for *.value", "--strategy-for is '*.value'; it must be PATTERN=NAME with a name of Auto, ")]
    [InlineData("coordinator --labels a,b --strategy-for *.value=Best", "--strategy-for is '*.value=Best'; it must be PATTERN=NAME")]
    [InlineData("coordinator --labels a,b --momentum 1", "--momentum is '1'; it must be 0 … 0.99")]
    [InlineData(
        "coordinator --labels a,b --momentum 0.5 --server-step fedexp",
        "--momentum is 0.5; it must be 0 with --server-step fedexp, which carries nothing on")]
    [InlineData(
        "coordinator --labels a,b --strategy FloraStack --momentum 0.5",
        "--server-step is momentum; it must be fixed or fedexp, and --momentum 0, with FloraStack")]
    [InlineData("agent --name a", "--data is missing")]
    [InlineData("agent --name a --data /nowhere.jsonl", "--data is '/nowhere.jsonl', which does not exist")]
    [InlineData("agent --name a --role evaluator", "--held-out is missing")]
    [InlineData("agent --name a --data /dev/null --drill fire:1", "--drill is 'fire:1'; it must be nan:ROUND, scale:ROUND or slow:ROUND:FACTOR")]
    [InlineData(
        "agent --name a --data /dev/null --broker-ca /nowhere.pem --broker amqps://h", "--broker-ca is '/nowhere.pem', which cannot be used (")]
    [InlineData(
        "agent --name a --data /dev/null --broker-ca /dev/null --broker amqp://h", "--broker-ca is '/dev/null', but --broker begins with amqp://")]
    [InlineData(
        "agent --name a --data /dev/null --broker-password-file /dev/null --broker amqp://u:topsecret@h",
        "--broker-password-file is '/dev/null', but --broker holds a password too")]
    [InlineData(
        "coordinator --labels a,b --broker-certificate /dev/null --broker amqps://h", "--broker-certificate is '/dev/null', which cannot be used (")]
    [InlineData("classify --adapter /nowhere text", "--adapter is '/nowhere', which is no folder")]
    [InlineData("pretrain --out x --heads 7", "--heads is 7; it must be a divisor of --hidden, which is ")]
    public async Task Bad_input_is_one_line_that_says_what_would_be_right_and_exit_code_2(string line, string said)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync(
            [.. line.Split(' '), .. line.StartsWith("demo", StringComparison.Ordinal) ? new[] { "--out", Path.Combine(root, "out") } : []]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(said, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_named_without_its_password()
    {
        (int code, _, string error) = await CommandRunner.RunAsync(
            "demo", "--broker", "amqp://guest:topsecret@127.0.0.1:1/", "--broker-timeout", "1", "--out", Path.Combine(root, "out"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(
            "No broker answers at 127.0.0.1:1", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    [Theory]
    [InlineData("a", "{\"text\":\"x\",\"label\":\"y\"}\n{\"text\": broken\n", "data.jsonl:2: ")]
    [InlineData("a", "{\"text\":\"x\",\"lable\":\"y\"}\n", "data.jsonl:1: ")]
    [InlineData("A_B", "{\"text\":\"x\",\"label\":\"y\"}\n", "--name is 'A_B'; it must be 1 … 64 of the characters a-z, 0-9 and -")]
    public async Task An_agent_checks_name_and_data_before_it_speaks_to_anybody(string name, string data, string said)
    {
        string file = Path.Combine(root, "data.jsonl");
        await File.WriteAllTextAsync(file, data, TestContext.Current.CancellationToken);

        (int code, _, string error) = await CommandRunner.RunAsync(
            "agent", "--name", name, "--data", file, "--state", Path.Combine(root, "state"), "--broker", "amqp://127.0.0.1:1/");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(said, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(root));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
