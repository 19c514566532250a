import { useEffect, useState } from "preact/hooks";
import { JobPage } from "./frame/job-page.tsx";
import { JobsPage } from "./jobs/jobs-page.tsx";
import { parseRoute, type Route } from "./route.ts";

export function App() {
  const route = useRoute();
  useEffect(() => {
    document.title = route.page === "jobs" ? "Jobs · Millrace" : document.title;
  }, [route.page]);
  return route.page === "jobs" ? <JobsPage /> : <JobPage key={route.job} route={route} />;
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
