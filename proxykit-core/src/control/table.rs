use std::sync::Arc;

use foldhash::fast::RandomState;
use rpds::HashTrieMapSync;

use super::Route;
use crate::config::Prefix;

/// All routes at one moment: a tree of path segments, so that finding a route costs the length of the path and not
/// the number of routes.
///
/// A changed table shares all nodes with the one before it but those on the way to the change, and their children with the
/// ones that they replace, so that a change does not cost the number of routes either.
#[derive(Clone, Debug, Default)]
pub struct Table {
    root: Arc<Node>,
    len: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
    route: Option<Arc<Route>>,
    /// By segments that the host has chosen: to hash one for each request with what withstands who would choose them all costs 160
    /// instructions, with this 40.
    children: HashTrieMapSync<Arc<str>, Arc<Node>, RandomState>,
}

// === impl Table ===

impl Table {
    /// The route with the longest prefix of this raw path.
    pub fn find(&self, path: &str) -> Option<&Arc<Route>> {
        let mut node = &self.root;
        let mut found = node.route.as_ref();
        let mut rest = path.strip_prefix('/')?;
        while !node.children.is_empty() {
            // Segments are short: a search that is made for long texts costs more than it saves.
            let end = rest.bytes().position(|byte| byte == b'/');
            let (segment, after) = end.map_or((rest, ""), |end| (&rest[..end], &rest[end + 1..]));
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
        let node = prefix.segments().try_fold(&self.root, |node, segment| node.children.get(segment))?;
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
        let is_new = self.get(route.prefix()).is_none();
        let prefix = route.prefix().clone();
        let root = self.root.with(&mut prefix.segments(), Some(Arc::new(route)));
        Table { root: root.unwrap_or_default(), len: self.len + usize::from(is_new) }
    }

    /// The table without the route with this prefix.
    pub(super) fn without(&self, prefix: &Prefix) -> Self {
        let was_there = self.get(prefix).is_some();
        let root = self.root.with(&mut prefix.segments(), None);
        Table { root: root.unwrap_or_default(), len: self.len - usize::from(was_there) }
    }
}

// === impl Node ===

impl Node {
    fn collect<'a>(&'a self, routes: &mut Vec<&'a Arc<Route>>) {
        routes.extend(&self.route);
        self.children.values().for_each(|child| child.collect(routes));
    }

    /// The node with this route at the end of `segments`, or with none there; nothing if nothing is left of it then.
    fn with<'a>(
        &self,
        segments: &mut impl Iterator<Item = &'a str>,
        route: Option<Arc<Route>>,
    ) -> Option<Arc<Node>> {
        let mut node = self.clone();
        match segments.next() {
            None => node.route = route,
            Some(segment) => {
                let child = match node.children.get(segment) {
                    Some(child) => child.with(segments, route),
                    None => Node::default().with(segments, route),
                };
                match child {
                    Some(child) => node.children.insert_mut(segment.into(), child),
                    None => drop(node.children.remove_mut(segment)),
                }
            }
        }
        (node.route.is_some() || !node.children.is_empty()).then(|| Arc::new(node))
    }
}
