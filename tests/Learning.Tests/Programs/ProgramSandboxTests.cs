using System.Text.Json;
using EdgeFlora.Learning.Programs;

namespace EdgeFlora.Learning.Tests.Programs;

public sealed class ProgramSandboxTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("assert sum([1, 2]) == 3")]
    [InlineData("open('here', 'w').write('x')\nassert open('here').read() == 'x'")]
    [InlineData("import math, re, collections, itertools, heapq, json, random\nassert math.pi > 3")]
    public async Task A_program_that_reaches_its_end_passes(string program) =>
        Assert.Equal(new ProgramResult(ProgramOutcome.Passed, ""), await (await Sandbox()).RunAsync(program, Stop));

    [Theory]
    [InlineData("assert sum([1, 2]) == 4", "AssertionError")]
    [InlineData("def f(:", "SyntaxError")]
    [InlineData("'''", "SyntaxError")]
    [InlineData("import sys\nsys.exit(0)", "ended early with exit code 0")]
    [InlineData("import os\nos._exit(0)", "ended early with exit code 0")]
    [InlineData("input()", "EOFError")]
    public async Task One_that_does_not_fails(string program, string message)
    {
        ProgramResult result = await (await Sandbox()).RunAsync(program, Stop);

        Assert.Equal(ProgramOutcome.Failed, result.Outcome);
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("import socket\nsocket.create_connection(('127.0.0.1', 22), 2)", "Network is unreachable")]
    [InlineData("import socket\nsocket.getaddrinfo('example.org', 80)", "gaierror")]
    [InlineData("open('/usr/lib/x', 'w')", "Read-only file system")]
    [InlineData("open('/etc/passwd')", "No such file")]
    [InlineData("open('/root/x', 'w')", "No such file")]
    [InlineData("open('/tmp/x', 'w')", "No such file")]
    [InlineData("x = bytearray(1 << 30)", "MemoryError")]
    [InlineData("open('big', 'w').write('x' * (20 << 20))", "")]
    [InlineData("f = [open('/dev/null') for _ in range(100)]", "Too many open files")]
    [InlineData("import os\nwhile True: os.fork()", "Resource temporarily unavailable")]
    [InlineData("import os\nassert len(os.listdir('/proc')) and os.getpid() == 1 and not [p for p in os.listdir('/proc') if p.isdigit() and p != "
        + "'1']\nraise Exception('alone')", "alone")]
    [InlineData("import os\nassert set(os.environ) <= {'PATH', 'LANG', 'LC_CTYPE', 'PWD', 'OLDPWD'}, os.environ\nraise Exception('bare')", "bare")]
    [InlineData("import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\nassert c.unshare(0x10000000) and c.mount(b'x', b'/usr', None, 0x1020, "
        + "None)\nraise Exception(os.strerror(ctypes.get_errno()))", "Operation not permitted")]
    public async Task What_lies_outside_is_out_of_reach(string program, string message)
    {
        ProgramResult result = await (await Sandbox()).RunAsync(program, Stop);

        Assert.Equal(ProgramOutcome.Failed, result.Outcome);
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("while True: pass")]
    [InlineData("import time\ntime.sleep(1000)")]
    [InlineData("import os, time\nfor _ in range(2): os.fork()\ntime.sleep(1000)")]
    [InlineData("import signal, time\nfor s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)\ntime.sleep(1000)")]
    [InlineData("while True: print('x' * 1000)")]
    public async Task What_does_not_end_is_killed(string program)
    {
        ProgramSandbox sandbox = await Sandbox(new SandboxLimits { Time = TimeSpan.FromSeconds(1.5) });

        ProgramResult result = await sandbox.RunAsync(program, Stop);

        // The limit on processor time, in whole seconds, comes later than the one on time.
        Assert.Equal(ProgramOutcome.TimedOut, result.Outcome);
    }

    /// <summary>The limit is that of programs. A machine that is too busy to try its walls within it is no less safe.</summary>
    [Fact]
    public async Task A_limit_shorter_than_it_takes_to_try_the_walls_is_no_reason_to_refuse()
    {
        ProgramSandbox sandbox = await Sandbox(new SandboxLimits { Time = TimeSpan.FromMilliseconds(1) });

        Assert.Equal(ProgramOutcome.TimedOut, (await sandbox.RunAsync("import time\ntime.sleep(1000)", Stop)).Outcome);
    }

    [Fact]
    public async Task Pass_at_1_counts_what_passes_its_tests()
    {
        using var folder = new TemporaryFolder();
        string humanEval = Path.Combine(folder.Path, "human.jsonl"), mbpp = Path.Combine(folder.Path, "mbpp.jsonl");
        await File.WriteAllTextAsync(humanEval, JsonSerializer.Serialize(new
        {
            task_id = "HumanEval/0",
            prompt = "def double(x):\n    \"\"\"Twice x.\"\"\"\n",
            entry_point = "double",
            test = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n",
        }), Stop);
        await File.WriteAllTextAsync(mbpp, JsonSerializer.Serialize(new
        {
            task_id = 7,
            text = "Write a function to add.",
            test_setup_code = "three = 3",
            test_list = new[] { "assert add(1, 2) == three", "assert add(0, 0) == 0" },
        }), Stop);
        ProgramProblem[] problems = [.. ProgramBenchmark.ReadHumanEval(humanEval).Problems, .. ProgramBenchmark.ReadMbpp(mbpp).Problems];
        string[] written =
        [
            "    return x + x", "    return x * x", "    return 2 * x",
            "def add(a, b):\n    return a - b", "def add(a, b):\n    while True: pass", "import os\nos._exit(0)",
        ];

        ProgramMetrics metrics = await ProgramMetrics.ScoreAsync(
            await Sandbox(new SandboxLimits { Time = TimeSpan.FromSeconds(10) }), problems, written, atOnce: 2, Stop);

        Assert.Equal(["HumanEval/0", "7"], problems.Select(problem => problem.Id));
        Assert.Equal("\"\"\"\nWrite a function to add.\nassert add(1, 2) == three\nassert add(0, 0) == 0\n\"\"\"\n", problems[1].Prompt);
        Assert.Equal(2 / 3.0 / 2, metrics.PassAt1, 1e-12); // A few roundings of double precision.
        Assert.Equal((2, 3, 0.5, 1), (metrics.Problems, metrics.Samples, metrics.PassAtSamples, metrics.TimedOut));
    }

    [Theory]
    [InlineData("humaneval")]
    [InlineData("mbpp")]
    public async Task Solutions_of_the_published_benchmarks_pass_and_empty_answers_fail(string name)
    {
        string folder = SharedData.DataSet(name);
        ProgramSandbox sandbox = await Sandbox();
        ProgramBenchmark benchmark = name == "mbpp"
            ? ProgramBenchmark.ReadMbpp(Path.Combine(folder, "all.jsonl"))
            : ProgramBenchmark.ReadHumanEval(Path.Combine(folder, "test.jsonl"));

        // A few from all over; all of them take a minute, which the benchmark "programs" does.
        ProgramProblem[] some = [.. benchmark.Problems.Where((_, i) => i % (benchmark.Problems.Count / 12) == 0)];

        Assert.All(some, problem => Assert.NotNull(problem.Solution));
        ProgramMetrics solved = await ProgramMetrics.ScoreAsync(sandbox, some, [.. some.Select(problem => problem.Solution!)], atOnce: 2, Stop);
        ProgramMetrics empty = await ProgramMetrics.ScoreAsync(
            sandbox, some, [.. some.Select(problem => problem.Before.Length > 0 ? "    pass" : "")], atOnce: 2, Stop);
        Assert.Equal((1.0, 0.0), (solved.PassAt1, empty.PassAt1));
    }

    [Fact]
    public void A_text_with_half_a_surrogate_pair_is_refused_with_its_place()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("human.jsonl", "{\"task_id\": \"\\ud800\", \"prompt\": \"\", \"test\": \"\", \"entry_point\": \"f\"}\n");

        Assert.StartsWith(
            $"{path}:1: \"task_id\" is no Unicode text",
            Assert.Throws<InvalidDataException>(() => ProgramBenchmark.ReadHumanEval(path)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Skips the test where programs cannot be locked down.</summary>
    private static async Task<ProgramSandbox> Sandbox(SandboxLimits? limits = null)
    {
        try
        {
            return await ProgramSandbox.OpenAsync(limits ?? new SandboxLimits { Time = TimeSpan.FromMinutes(1) }, Stop);
        }
        catch (SandboxUnavailableException reason)
        {
            Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), reason.Message);
            throw;
        }
    }
}
