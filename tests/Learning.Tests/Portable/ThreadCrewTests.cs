using EdgeFlora.Learning.Portable;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class ThreadCrewTests
{
    [Fact]
    public void Every_worker_is_called_once_a_run()
    {
        using var crew = new ThreadCrew(3);
        int[] calls = new int[3];

        for (int run = 0; run < 100; run++)
        {
            crew.Run(worker => calls[worker]++);
        }

        Assert.Equal([100, 100, 100], calls);
    }

    [Fact]
    public void A_workers_failure_reaches_the_caller_and_the_crew_goes_on()
    {
        using var crew = new ThreadCrew(3);
        int[] calls = new int[3];

        InvalidDataException failure = Assert.Throws<InvalidDataException>(() => crew.Run(worker =>
        {
            if (worker > 0)
            {
                throw new InvalidDataException($"worker {worker}");
            }
        }));
        crew.Run(worker => calls[worker]++);

        Assert.Equal("worker 1", failure.Message);
        Assert.Equal([1, 1, 1], calls);
    }
}
