use std::collections::HashMap;
use std::sync::Arc;

use super::Route;
use crate::config::Prefix;

/// All routes at one moment: a tree of path segments, so that finding a route costs the length of the path and not
/// the number of routes.
///
/// A changed table shares all nodes with the one before it but those on the way to the change.
#[derive(Clone, Debug, Default)]
pub struct Table {
    root: Node,
    len: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
    route: Option<Arc<Route>>,
    children: HashMap<Box<str>, Arc<Node>>,
}

// === impl Table ===

impl Table {
    /// The route with the longest prefix of this raw path.
    pub fn find(&self, path: &str) -> Option<&Arc<Route>> {
        let mut node = &self.root;
        let mut found = node.route.as_ref();
        let mut rest = path.strip_prefix('/')?;
        while !node.children.is_empty() {
            let (segment, after) = rest.split_once('/').unwrap_or((rest, ""));
            match node.children.get(segment) {
                Some(child) => node = child,
                None => break,
            }
            found = node.route.as_ref().or(found);
            rest = after;
        }
        found
    }

    /// The route with exactly this prefix.
    pub fn get(&self, prefix: &Prefix) -> Option<&Arc<Route>> {
        let node = prefix
            .segments()
            .try_fold(&self.root, |node, segment| node.children.get(segment).map(|n| &**n))?;
        node.route.as_ref()
    }

    /// All routes, in the order of their prefixes.
    pub fn routes(&self) -> Vec<&Arc<Route>> {
        let mut routes = Vec::with_capacity(self.len);
        self.root.collect(&mut routes);
        routes.sort_by_key(|route| route.prefix().as_str());
        routes
    }

    /// How many routes there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no route.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The table with this route, in place of the one with its prefix.
    pub(super) fn with(&self, route: Route) -> Self {
        let mut table = self.clone();
        let prefix = route.prefix().clone();
        let node = prefix.segments().fold(&mut table.root, |node, segment| {
            Arc::make_mut(node.children.entry(segment.into()).or_default())
        });
        if node.route.replace(Arc::new(route)).is_none() {
            table.len += 1;
        }
        table
    }

    /// The table without the route with this prefix.
    pub(super) fn without(&self, prefix: &Prefix) -> Self {
        let mut table = self.clone();
        let segments: Vec<_> = prefix.segments().collect();
        if table.root.remove(&segments) {
            table.len -= 1;
        }
        table
    }
}

// === impl Node ===

impl Node {
    fn collect<'a>(&'a self, routes: &mut Vec<&'a Arc<Route>>) {
        routes.extend(&self.route);
        self.children.values().for_each(|child| child.collect(routes));
    }

    /// Takes the route at the end of `segments` out, and the nodes that led to nothing else.
    fn remove(&mut self, segments: &[&str]) -> bool {
        let Some((first, rest)) = segments.split_first() else { return self.route.take().is_some() };
        let Some(child) = self.children.get_mut(*first) else { return false };
        let child = Arc::make_mut(child);
        let removed = child.remove(rest);
        if child.route.is_none() && child.children.is_empty() {
            self.children.remove(*first);
        }
        removed
    }
}
